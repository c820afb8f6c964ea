// Draws shared out among workers. Their code is the engine's own text, so that a page read from a disk has workers too;
// where there are none, the page itself computes.

class Crew {
  constructor(raw, engine) {
    this.engine = engine;
    this.tables = engine.openTables(raw);
    this.workers = [];
    this.waiting = new Map();
    this.next = 0;
    try {
      const code = `${nicheEngine}\nconst made = nicheEngine(); let tables;
        onmessage = ({ data }) => {
          if (data.raw) { tables = made.openTables(data.raw); return; }
          const { id, question, from, to } = data;
          try { postMessage({ id, found: made.runHosts(question, tables, from, to) }); }
          catch (error) { postMessage({ id, error: String(error) }); }
        };`;
      const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      const count = Math.min(4, Math.max(1, navigator.hardwareConcurrency || 2));
      for (let i = 0; i < count; i++) {
        const worker = new Worker(address);
        worker.onmessage = ({ data }) => this.answer(data);
        worker.onerror = () => this.alone();
        worker.postMessage({ raw });
        this.workers.push(worker);
      }
    } catch {
      this.workers = [];
    }
  }

  answer({ id, found, error }) {
    const one = this.waiting.get(id);
    if (!one) return;
    this.waiting.delete(id);
    if (error) one.reject(new Error(error));
    else one.resolve(found);
  }

  // Workers that cannot start: what they were to do is done here.
  alone() {
    this.workers = [];
    for (const [id, one] of this.waiting) this.answer({ id, found: this.here(one.question, one.from, one.to) });
  }

  here(question, from, to) {
    return this.engine.runHosts(question, this.tables, from, to);
  }

  // Draws from..to-1 of a question, by whichever worker is next.
  piece(question, from, to) {
    if (!this.workers.length) return new Promise((done) => setTimeout(() => done(this.here(question, from, to))));
    return new Promise((resolve, reject) => {
      const id = this.next++;
      this.waiting.set(id, { resolve, reject, question, from, to });
      this.workers[id % this.workers.length].postMessage({ id, question, from, to });
    });
  }

  // All draws of a question: { times, runs: read-outs of the draws that were solved, place of each, lost }.
  async run(question) {
    const count = Math.max(1, this.workers.length), size = Math.ceil(question.draws / count), pieces = [];
    for (let from = 0; from < question.draws; from += size) {
      pieces.push(this.piece(question, from, Math.min(question.draws, from + size)));
    }
    const found = await Promise.all(pieces), runs = new Map();
    let place = 0, lost = 0;
    for (const one of found) {
      one.readouts.forEach((run, i) => {
        if (one.status[i] === 0) runs.set(place, run);
        else lost++;
        place++;
      });
    }
    return { times: found[0].times, runs, lost };
  }
}
