#define DUCK_API_ITSELF
#include "duck/api.h"

#include <dlfcn.h>
#include <pthread.h>

duck_api duck_lib;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the two below */
static bool loaded;

/* Its 30,000 names are looked for in itself before anywhere else, which halves the time that
 * loading takes; sanitizers need to come first. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { HOW = RTLD_LAZY | RTLD_LOCAL };
#else
enum { HOW = RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND };
#endif

/* Beside the program or where the system looks, else where the build found it. */
static void *library(void)
{
    void *handle = dlopen("libduckdb.so", HOW);
    return handle ? handle : dlopen(CLXS_DUCKDB_LIBRARY, HOW);
}

static cx_code fill(cx *c, void *handle)
{
    duck_api api;
#define DUCK_FIND(name)                         \
    *(void **)&api.name = dlsym(handle, #name); \
    if (!api.name)                              \
        return cx_fail(c, CX_UNAVAILABLE, "the DuckDB library has no %s: it is too old", #name);
    DUCK_FUNCTIONS(DUCK_FIND)
#undef DUCK_FIND
    duck_lib = api;
    return CX_OK;
}

static cx_code load(cx *c)
{
    void *handle = library(); /* for the life of the process */
    if (!handle) {
        (void)cx_fail(c, CX_UNAVAILABLE, "the query engine cannot be loaded: %s", dlerror());
        return cx_hint(c, "tools/setup installs it");
    }
    return fill(c, handle);
}

cx_code duck_load(cx *c)
{
    pthread_mutex_lock(&lock);
    const cx_code rc = loaded ? CX_OK : load(c);
    loaded = loaded || rc == CX_OK;
    pthread_mutex_unlock(&lock);
    return rc;
}
