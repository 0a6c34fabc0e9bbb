// One WebSocket that comes back: with backoff after a loss, at once when the page is seen again.

const FIRST_MS = 500;
const MOST_MS = 15_000;
const SILENCE_MS = 45_000;
const PING_MS = 20_000;

/**
 * A stream of frames that survives its connections.
 *
 * @param {Object} does
 * @param {function(): URL} does.where - The address to open now; it knows the place to go on from.
 * @param {function(Object): void} does.take - What to do with a frame.
 * @param {function(string): void} does.tell - Told the state: connecting, live, lost, paused, ended.
 * @param {function(CloseEvent): boolean} [does.over] - Whether a close means that there is nothing more.
 */
export class Stream {
  #does;
  #socket = null;
  #timer = null;
  #pinger = null;
  #tries = 0;
  #heard = 0;
  #seen = () => this.#visibility();
  #online = () => this.#again();

  constructor(does) {
    this.#does = does;
  }

  /** Connect, and stay connected while the page can be seen, until `close`. */
  open() {
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("online", this.#online);
    this.#visibility();
  }

  /** Leave for good. */
  close() {
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("online", this.#online);
    this.#drop();
  }

  /** Send an action. False where nobody is there to read it. */
  send(action) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(action));
    return true;
  }

  #visibility() {
    if (document.hidden) {
      this.#drop();
      this.#does.tell("paused");
    } else this.#again();
  }

  #again() {
    if (document.hidden || this.#socket !== null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect() {
    const url = this.#does.where();
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#does.tell("connecting");
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#heard = performance.now();
    this.#pinger = setInterval(() => this.#ping(), PING_MS);
    socket.onmessage = (message) => this.#hear(message);
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lose(event);
    };
  }

  #hear(message) {
    if (this.#tries >= 0) this.#does.tell("live");
    this.#tries = -1;
    this.#heard = performance.now();
    this.#does.take(JSON.parse(message.data));
  }

  // A connection can die without a word: what does not even answer a ping is gone.
  #ping() {
    if (performance.now() - this.#heard > SILENCE_MS) {
      this.#drop();
      this.#retry();
    } else this.send({ action: "ping" });
  }

  #lose(event) {
    if (this.#does.over?.(event)) {
      this.close(); // a page that is seen again must not open it anew
      this.#does.tell("ended");
    } else {
      this.#drop();
      this.#retry();
    }
  }

  // Pages that lost one server come back spread out, not all in the same instant.
  #retry() {
    this.#tries = Math.max(this.#tries, 0) + 1;
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** (this.#tries - 1));
    this.#does.tell("lost");
    this.#timer = setTimeout(() => this.#again(), most * (0.5 + Math.random() / 2));
  }

  #drop() {
    clearTimeout(this.#timer);
    clearInterval(this.#pinger);
    const socket = this.#socket;
    this.#socket = null;
    this.#tries = Math.max(this.#tries, 0);
    if (socket?.readyState !== WebSocket.CONNECTING) socket?.close();
    else socket.onopen = () => socket.close(); // closed now, the browser would warn of a failure that is none
  }
}
