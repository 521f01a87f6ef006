import { ConfounderError } from "./error.js";

/** WebAssembly memory never shrinks: a worker that holds more than this is replaced once it is idle. */
const MOST_MEMORY = 256 << 20;

/**
 * Workers and the calls that wait for one. A worker has one call at a time. To cancel a call is to end its worker, since a
 * running module cannot be told; another worker takes its place, with the module that is compiled already.
 */
export class Crew {
  #start;
  #setup;
  #most;
  #workers = new Set();
  #waiting = [];
  #next = 0;
  #closed = false;

  /** `start` makes a worker, `setup` is what each is sent first, `most` is how many there may be. */
  constructor(start, setup, most) {
    this.#start = start;
    this.#setup = setup;
    this.#most = most;
  }

  /** Starts the first worker. What it says of the generator. */
  async open() {
    const member = this.#hire();
    try {
      return await member.ready;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Bytes of WebAssembly memory that all workers hold. */
  get memory() {
    return [...this.#workers].reduce((sum, member) => sum + member.memory, 0);
  }

  /** Has a message answered. `transfer` as in `postMessage`. */
  call(message, { transfer = [], signal, onStage } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed());
      if (signal?.aborted) return reject(cancelled(signal));
      const call = { id: this.#next++, message, transfer, onStage, member: null };
      const abort = () => this.#cancel(call, cancelled(signal));
      const done = (settle) => (value) => {
        signal?.removeEventListener("abort", abort);
        settle(value);
      };
      call.resolve = done(resolve);
      call.reject = done(reject);
      signal?.addEventListener("abort", abort);
      this.#waiting.push(call);
      this.#assign();
    });
  }

  /** Ends all workers; calls that are not answered fail. */
  close() {
    this.#closed = true;
    for (const member of this.#workers) this.#dismiss(member, closed());
    for (const call of this.#waiting.splice(0)) call.reject(closed());
  }

  #hire() {
    const member = { worker: this.#start(), call: null, memory: 0, open: false };
    member.ready = new Promise((resolve, reject) => {
      member.opened = resolve;
      member.failed = reject;
    });
    // Who waits for it is told; that nobody does is no fault.
    member.ready.catch(() => {});
    member.worker.onmessage = ({ data }) => this.#answer(member, data);
    member.worker.onerror = (event) => {
      event.preventDefault?.();
      const why = event.message ? `: ${event.message}` : "; is its file served, and allowed by the page's policy?";
      this.#dismiss(member, new ConfounderError("io", `the worker could not be started${why}`));
      this.#assign();
    };
    this.#workers.add(member);
    member.worker.postMessage({ setup: this.#setup });
    return member;
  }

  #answer(member, { stage, value, error, broken, memory, ready }) {
    if (stage) return member.call?.onStage?.(stage);
    member.memory = memory ?? member.memory;
    const failure = error && new ConfounderError(error.kind, error.message);
    if (ready) {
      if (failure) return this.#dismiss(member, failure), this.#assign();
      member.open = true;
      member.opened(value);
      return this.#assign();
    }
    const call = member.call;
    member.call = null;
    if (broken || member.memory > MOST_MEMORY) this.#dismiss(member);
    if (failure) call?.reject(failure);
    else call?.resolve(value);
    this.#assign();
  }

  #assign() {
    while (this.#waiting.length > 0) {
      const idle = [...this.#workers].find((member) => member.open && !member.call);
      if (!idle) {
        const coming = [...this.#workers].filter((member) => !member.open).length;
        if (coming < this.#waiting.length && this.#workers.size < this.#most) {
          const member = this.#hire();
          // With no worker at all, none will ever take what waits.
          member.ready.catch((error) => {
            if (this.#workers.size === 0) for (const call of this.#waiting.splice(0)) call.reject(error);
          });
          continue;
        }
        return;
      }
      const call = this.#waiting.shift();
      idle.call = call;
      call.member = idle;
      try {
        idle.worker.postMessage({ ...call.message, stages: Boolean(call.onStage) }, call.transfer);
      } catch (error) {
        idle.call = null;
        call.reject(new ConfounderError("invalid-options", `cannot be sent to the worker: ${error.message}`, { cause: error }));
      }
    }
  }

  #cancel(call, error) {
    const at = this.#waiting.indexOf(call);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (call.member?.call === call) this.#dismiss(call.member, error);
    call.reject(error);
    this.#assign();
    // The next call finds a worker that is open.
    if (this.#workers.size === 0 && !this.#closed) this.#hire();
  }

  #dismiss(member, error) {
    member.worker.terminate();
    this.#workers.delete(member);
    member.call?.reject(error);
    member.call = null;
    member.failed(error);
  }
}

const closed = () => new ConfounderError("cancelled", "this Confounder is closed; open another one");
const cancelled = (signal) => new ConfounderError("cancelled", "the call was cancelled", { cause: signal.reason });
