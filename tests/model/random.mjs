// random.mjs - numbers that a seed repeats. Every client has a stream of its own, so that what one does
// depends on the seed and on what the server told it, and not on the order in which answers came to others.

export class Random {
    constructor(...seed) {
        this.state = 0x9e3779b9;
        for (const char of seed.join('/')) this.state = Math.imul(this.state ^ char.charCodeAt(0), 0x01000193) >>> 0;
    }

    // mulberry32
    next() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }

    below(n) {
        return Math.floor(this.next() * n);
    }

    chance(p) {
        return this.next() < p;
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    // One name of {name: weight, …}.
    weighted(weights) {
        let at = this.next() * Object.values(weights).reduce((a, b) => a + b, 0);
        for (const [name, weight] of Object.entries(weights)) if ((at -= weight) < 0) return name;
        return Object.keys(weights)[0];
    }

    uuid() {
        const hex = Array.from({ length: 8 }, () => this.below(65536).toString(16).padStart(4, '0')).join('');
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    }
}
