import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';

export const NotFound = () => (
  <Empty
    icon={<Compass aria-hidden />}
    title="There is no such page"
    action={
      <Button asChild look="primary">
        <Link to="/">Go to the start page</Link>
      </Button>
    }
  >
    The address may be mistyped, or the page has moved.
  </Empty>
);
