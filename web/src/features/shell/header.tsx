import { useNavigate, useRouter } from '@tanstack/react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { LayoutGrid, LogOut, Palette as PaletteIcon, Search, User } from 'lucide-react';
import { authQuery, signOut } from '@/api/auth';
import { type ThemeId, setTheme, themes, useTheme } from '@/lib/theme';
import { Button } from '@/ui/button';
import { Menu, MenuItem, MenuLabel, MenuRadio } from '@/ui/menu';
import { Brand } from './brand';
import { Connection } from './connection';
import { portals } from './nav';

export const Header = ({ onPalette }: { onPalette: () => void }) => (
  <header data-print="hide" className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface-1 pr-2 pl-3">
    <Brand />
    <Connection />
    <button
      type="button"
      onClick={onPalette}
      aria-keyshortcuts="Meta+K Control+K"
      className="mx-auto flex h-8 w-full max-w-96 items-center gap-2 rounded-md border bg-surface-0 px-2.5 text-sm text-muted hover:text-text"
    >
      <Search aria-hidden className="size-4" />
      <span className="truncate">Search or go to</span>
      <kbd aria-hidden className="ml-auto rounded-sm border bg-surface-1 px-1 text-2xs">
        {/Mac/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}
      </kbd>
    </button>
    <ThemePicker />
    <UserMenu />
    <PortalSwitcher />
  </header>
);

function ThemePicker() {
  const theme = useTheme();
  return (
    <Menu
      label="Theme"
      className="w-80"
      trigger={
        <Button look="ghost" icon aria-label="Theme">
          <PaletteIcon aria-hidden />
        </Button>
      }
    >
      <MenuLabel>Theme</MenuLabel>
      <MenuRadio
        className="grid grid-cols-2 gap-1"
        value={theme}
        onChange={(id) => setTheme(id as ThemeId)}
        options={themes.map(({ id, name }) => ({ value: id, content: <Swatch id={id} name={name} /> }))}
      />
    </Menu>
  );
}

/** The theme's own colours: the attribute puts its values on this element alone. */
const Swatch = ({ id, name }: { id: string; name: string }) => (
  <>
    <span
      data-theme={id}
      aria-hidden
      className="flex size-5 shrink-0 items-center justify-center rounded-sm border border-border-strong bg-surface-1"
    >
      <span className="size-2.5 rounded-full bg-accent" />
    </span>
    {name}
  </>
);

function UserMenu() {
  const client = useQueryClient();
  const router = useRouter();
  const { data: auth } = useQuery(authQuery());
  const leave = async () => {
    await signOut();
    client.clear();
    await router.navigate({ to: '/login' });
  };
  return (
    <Menu
      label="Account"
      trigger={
        <Button look="ghost" icon aria-label="Account">
          <User aria-hidden />
        </Button>
      }
    >
      <MenuLabel>
        Signed in as <span className="font-mono text-text">{auth?.user ?? 'unknown'}</span>
      </MenuLabel>
      <MenuItem onSelect={() => void leave()}>
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}

function PortalSwitcher() {
  const navigate = useNavigate();
  const go = (to: '/' | '/docs') => (to === '/' ? void navigate({ to }) : window.location.assign(to));
  return (
    <Menu
      label="Portals"
      className="w-64"
      trigger={
        <Button look="ghost" icon aria-label="Switch portal">
          <LayoutGrid aria-hidden />
        </Button>
      }
    >
      <MenuLabel>Portals</MenuLabel>
      {portals.map((portal) => (
        <MenuItem key={portal.id} onSelect={() => go(portal.to)}>
          <span className="flex flex-col py-1">
            <span className="font-medium">{portal.name}</span>
            <span className="text-xs text-muted">{portal.about}</span>
          </span>
        </MenuItem>
      ))}
    </Menu>
  );
}
