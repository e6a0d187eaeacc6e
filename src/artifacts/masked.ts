import { secretsIn } from './locate.ts';
import type { ArtifactSource } from './port.ts';

/** The same source, whose URLs are masked in every log before anybody has them: their queries are signatures. */
export function maskedSource(source: ArtifactSource, mask: (secret: string) => void): ArtifactSource {
  const masked = (url: string): string => {
    for (const secret of secretsIn(url)) mask(secret);
    return url;
  };
  return {
    find: (location, sha256) => source.find(masked(location), sha256),
    url: async (artifact, lifetime) => masked(await source.url(artifact, lifetime)),
  };
}
