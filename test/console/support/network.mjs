// The network between two programs, which a test can cut: a TCP proxy.
import net from 'node:net';

export class Network {
  #server = net.createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
  #links = new Set();
  #cut = null;
  #to;

  /** `to`: what net.connect() takes. */
  constructor(to) {
    this.#to = to;
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.#server.address().port;
  }

  /** 'broken': connections are reset, and so are new ones. 'silent': what is sent is taken and goes nowhere, nobody hears of an end. */
  cut(how) {
    this.#cut = how;
    for (const link of this.#links) {
      if (how === 'broken') link.reset();
      else link.freeze();
    }
  }

  /** What was sent arrives, unless the network has forgotten the connections meanwhile. */
  mend(forgets = false) {
    this.#cut = null;
    for (const link of this.#links) {
      if (forgets) link.reset();
      else link.thaw();
    }
  }

  #accept(near) {
    if (this.#cut === 'broken') {
      near.on('error', () => {}).resetAndDestroy();
      return;
    }
    let far;
    const ends = new Set();
    const link = {
      thaw: () => {
        far ??= watched(net.connect(this.#to));
        near.pipe(far).pipe(near);
        if (ends.size > 0) link.reset();
      },
      freeze: () => {
        near.unpipe();
        far?.unpipe();
      },
      reset: () => {
        this.#links.delete(link);
        if (!near.destroyed) near.resetAndDestroy();
        far?.destroy();
      },
    };
    const watched = (socket) => socket.on('error', () => {}).on('close', () => {
      ends.add(socket);
      if (this.#cut === null) link.reset();
    });
    watched(near);
    this.#links.add(link);
    if (this.#cut === null) link.thaw();
  }
}
