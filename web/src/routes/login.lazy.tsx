import { createLazyRoute, useNavigate, useRouter } from '@tanstack/react-router';
import { LoginPage } from '@/features/auth/login-page';
import { Mark } from '@/features/shell/brand';

function Login() {
  const { to } = Route.useSearch();
  const navigate = useNavigate();
  const router = useRouter();
  return (
    <LoginPage
      brand={<Mark className="size-10" />}
      onIn={() => (to ? router.history.push(to) : void navigate({ to: '/' }))}
    />
  );
}

export const Route = createLazyRoute('/login')({ component: Login });
