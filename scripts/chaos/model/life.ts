import { DAY_MS, MINUTE_MS } from './clock';
import type { ModelWorld } from './model-world';
import type { Heard } from './people';
import { assertEnded, assertIntact, assertOneArray, assertQuarantined, assertStopped, type Ledger, ledgerOf } from './promises';
import { type Reader, Violation } from './reader';

/** Between two sweeps. */
const SWEEP_MS = 20 * MINUTE_MS;
/** Sweeps after which every run must have ended: enough for a wake, a start and closings that fail. */
const MOST_SWEEPS = 8;
const MOST_REDRIVES = 4;
/** Beyond the days that a failed run's uploads are kept. */
const COLLECT_MS = 4 * DAY_MS;

export type Ending = 'published' | 'failed';

/** One run from its file to the day when nobody can do anything for it any more. */
export class Life {
  constructor(private readonly world: ModelWorld) {}

  async live(): Promise<Ending> {
    const { world } = this;
    const { scheduler } = world;
    const arrive = world.drop();
    await scheduler.run();
    await world.receive();
    scheduler.note(() => 'nothing goes wrong from now on');
    scheduler.calm();
    // What the queue kept back comes at last, and whoever slept goes on when all seems over.
    arrive();
    await this.settleDown();
    // Some sleep on while the run is helped.
    if (world.random() < 0.5) await this.wake();
    const ending = await this.help();
    await this.wake();
    await this.clearUp();
    return ending;
  }

  private async wake(): Promise<void> {
    const { scheduler } = this.world;
    while (scheduler.hasSleepers) {
      scheduler.note(() => 'zombies go on');
      scheduler.wakeAll();
      await this.settleDown();
    }
  }

  /** Sweeps until every execution and every mark is gone, then asks what is left. */
  private async settleDown(): Promise<void> {
    const { executions, people, scheduler, world } = this.world;
    await scheduler.run();
    for (let i = 0; i < MOST_SWEEPS && (executions.running.length > 0 || world.open.marks.size > 0); i++) {
      this.world.pass(SWEEP_MS);
      void people.sweep();
      await scheduler.run();
      // Whom no sweep could wake waits for a task that hangs.
      if (i % 2 === 1) await this.passDay();
    }
    await this.judge();
  }

  private async passDay(): Promise<void> {
    this.world.pass(DAY_MS);
    this.world.executions.expireTokens();
    await this.world.scheduler.run();
  }

  private get runId(): string {
    const { runId } = this.world;
    if (runId === undefined) throw new Violation('a file was dropped, and no run began');
    return runId;
  }

  private get reader(): Reader {
    if (!this.world.reader) throw new Violation('a file was dropped, and no run began');
    return this.world.reader;
  }

  private get ledger(): Ledger {
    return ledgerOf(this.world.world.state, this.runId);
  }

  private async judge(): Promise<void> {
    const { runId, reader, ledger } = this;
    const { executions, batch, scheduler, world, records } = this.world;
    const other = [...executions.started.values()].find(({ input }) => input.runId !== runId);
    if (other) throw new Violation(`one file began two runs: ${runId} and ${other.input.runId}`);
    reader.look();
    assertOneArray(ledger, batch.strangers);
    assertStopped(ledger, this.world.stopped);
    if (!scheduler.hit.flip) assertIntact(ledger);
    assertEnded({ reader, ledger, running: executions.running, marks: [...world.open.marks.keys()], jobs: batch.alive });
    if (reader.isPublished) await assertQuarantined(world.state, { runId, reader, records });
  }

  /** Fixes the job and redrives the run until it is published or the redrive is refused for good. Losing the race to another redrive is not a refusal for good. */
  private async help(): Promise<Ending> {
    const { reader } = this;
    if (reader.isPublished) return 'published';
    if (this.ledger.isBound && this.world.random() < 0.3) await this.tryOther();
    this.world.deploy('fixed');
    for (let i = 0; i < MOST_REDRIVES && !reader.isPublished; i++) {
      const before = this.ledger.drives.length;
      const heard = await this.redrive();
      const isTaken = this.ledger.drives.length > before;
      if (heard && 'refused' in heard && !isTaken)
        return this.acceptFailure(`cannot be redriven: ${heard.refused}; reported: ${this.ledger.report?.failure?.message}`);
      await this.settleDown();
    }
    return reader.isPublished ? 'published' : this.acceptFailure(`redriven, and failed again: ${this.ledger.report?.failure?.message}`);
  }

  /** A spec that would publish two kinds of parts. */
  private async tryOther(): Promise<void> {
    const before = this.ledger.drives.length;
    this.world.deploy('other');
    const heard = await this.redrive();
    if (!heard || !('refused' in heard)) throw new Violation('a redrive began under another output');
    if (this.ledger.drives.length !== before) throw new Violation('a redrive was refused, and is written down all the same');
  }

  private async redrive(): Promise<Heard> {
    const { people, scheduler } = this.world;
    const asked = people.redrive(this.runId);
    await scheduler.run();
    const heard = await asked;
    scheduler.note(() => `redrive: ${JSON.stringify(heard)}`);
    return heard;
  }

  /** Only of a run that somebody stopped, whose uploads were collected after their time, or whose bytes were damaged. */
  private acceptFailure(why: string): 'failed' {
    const { isAborted, drives } = this.ledger;
    if (isAborted || drives.some(({ kind }) => kind === 'collect') || this.world.scheduler.hit.flip) return 'failed';
    throw new Violation(why);
  }

  /** Days later nothing is left that costs. */
  private async clearUp(): Promise<void> {
    const { people, scheduler, world } = this.world;
    // A zombie may have reopened its run.
    await this.settleDown();
    this.world.pass(COLLECT_MS);
    void people.collect();
    await scheduler.run();
    await this.judge();
    for await (const { key } of world.uploads.pending('')) throw new Violation(`an upload is pending for ever: ${key}`);
  }
}
