import { spawnSync } from 'node:child_process';
import { usageBetween, usageNow } from '../../worker/meter';
import { stopwatch } from './stopwatch';

/** A program between two plain pipes, its answers thrown away: `bare-pipe.ts <file> <program> <argument>…`. */
const [file = '', ...command] = process.argv.slice(2);

/** `cat` stands for whoever feeds the program, and for whoever takes its answers. */
const PIPE = 'file=$1; shift; cat "$file" | "$@" | cat > /dev/null';

const before = usageNow();
const spent = stopwatch();
const { status, stderr } = spawnSync('sh', ['-c', PIPE, 'sh', file, ...command], { encoding: 'utf8' });
const { childCpuSeconds = 0 } = usageBetween(before, usageNow());
if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${stderr}`);
console.log(JSON.stringify({ ...spent(), cpuSeconds: childCpuSeconds }));
