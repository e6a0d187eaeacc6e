import { registerHooks } from 'node:module';

/**
 * Once this module is loaded, JSON is imported without `with { type: 'json' }`, which Node asks for and the packages of
 * GitHub's language service (0.3.61) leave out.
 */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return found.url.endsWith('.json') ? { ...found, importAttributes: { type: 'json' } } : found;
  },
});
