/** The same program as score.py, for Node. */

const { createInterface } = require('node:readline');

let answers = [];
const flush = () => {
  process.stdout.write(answers.join(''));
  answers = [];
};

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { date, delay, distance, origin, destination } = JSON.parse(line);
    const row = { date, route: `${origin}-${destination}`, distance_km: Math.round(distance * 1.609344), delay, late: delay > 15 };
    answers.push(`${JSON.stringify(origin === destination ? { filter: true } : { ok: row })}\n`);
    if (answers.length === 1000) flush();
  })
  .on('close', flush);
