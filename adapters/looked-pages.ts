import type { Look } from '../core/plan/listing-planner';
import { mapConcurrently } from './concurrency';
import type { ListedVersion } from './ports';

/** A page of a listing with what was found in those of its objects that were looked at, by their place on the page. */
export interface LookedPage {
  readonly page: readonly ListedVersion[];
  readonly looks: ReadonlyMap<number, Look>;
}

export interface Looking {
  /** Which objects of the next page must be looked at. */
  choose(page: readonly ListedVersion[]): readonly number[];
  look(object: ListedVersion): Promise<Look>;
}

/** Pages whose objects are looked at while the one before is planned. */
const PAGES_AHEAD = 4;
/** Of one page. */
const LOOKS_AT_ONCE = 16;

async function lookAround(page: readonly ListedVersion[], { choose, look }: Looking): Promise<LookedPage> {
  const places = choose(page);
  const found = await mapConcurrently(places, LOOKS_AT_ONCE, async (place) => [place, await look(page[place] as ListedVersion)] as const);
  return { page, looks: new Map(found) };
}

/** Pages in their order, each with the looks that it wants; looks at later pages are under way while an earlier one is used. */
export async function* lookedPages(pages: AsyncIterable<readonly ListedVersion[]>, looking: Looking): AsyncGenerator<LookedPage> {
  const under: Promise<LookedPage>[] = [];
  for await (const page of pages) {
    const looked = lookAround(page, looking);
    // Whoever takes it learns of its failure; one that is never taken concerns nobody.
    looked.catch(() => undefined);
    under.push(looked);
    if (under.length > PAGES_AHEAD) yield await (under.shift() as Promise<LookedPage>);
  }
  for (const looked of under) yield await looked;
}
