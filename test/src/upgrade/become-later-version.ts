// Run before the program by `--import`: makes a later version of it, so that the product needs no way in for tests.
import { register } from 'node:module';

register(new URL('redirect-migrations.js', import.meta.url), {
  data: new URL(`more-migrations.js${new URL(import.meta.url).search}`, import.meta.url).href,
});
