#include "delta/seen.h"

#include "base/hash.h"

void seen_init(seen_files *t)
{
    *t = (seen_files){.keys = arena_new()};
}

void seen_clear(seen_files *t)
{
    arena_free(t->keys);
    free(t->slots);
    *t = (seen_files){0};
}

static uint64_t hash_of(const char *path, const char *dv)
{
    return hash_64(path, strlen(path)) ^ (*dv ? hash_64(dv, strlen(dv)) : 0);
}

static seen_slot *slot_of(seen_slot *slots, size_t count, uint64_t hash, const char *path,
                          const char *dv)
{
    for (size_t i = hash & (count - 1);; i = (i + 1) & (count - 1)) {
        seen_slot *s = &slots[i];
        if (!s->path || (s->hash == hash && !strcmp(s->path, path) && !strcmp(s->dv, dv)))
            return s;
    }
}

static void grow(seen_files *t)
{
    const size_t count = t->slot_count ? t->slot_count * 2 : 256;
    seen_slot *slots = cx_calloc(count, sizeof *slots);
    for (size_t i = 0; i < t->slot_count; i++)
        if (t->slots[i].path)
            *slot_of(slots, count, t->slots[i].hash, t->slots[i].path, t->slots[i].dv) =
                t->slots[i];
    free(t->slots);
    t->slots = slots;
    t->slot_count = count;
}

bool seen_has(const seen_files *t, const char *path, const char *dv)
{
    return t->used && slot_of(t->slots, t->slot_count, hash_of(path, dv), path, dv)->path;
}

bool seen_add(seen_files *t, const char *path, const char *dv)
{
    if (t->used * 4 >= t->slot_count * 3)
        grow(t);
    const uint64_t hash = hash_of(path, dv);
    seen_slot *s = slot_of(t->slots, t->slot_count, hash, path, dv);
    if (s->path)
        return true;
    *s = (seen_slot){hash, path, dv};
    t->used++;
    return false;
}
