// plans.mjs - how long, which events befall everybody in which phase, and which mix of actions: the default
// run, and a short one for each mutant.
//
// A phase is a number of operations, its events at even distances within it; then everybody goes quiet and
// the invariants are looked at.

export const plans = {
    all: {
        operations: 20000,
        phase: 1250,
        events: [[], ['kill'], ['rotate', 'backup'], ['kill'], ['restore'], ['rotate'], ['backup', 'restore'], ['kill', 'rotate']],
    },

    // One restore after another.
    restores: { operations: 20000, phase: 900, events: [['backup', 'restore'], ['rotate', 'backup'], ['restore', 'kill']] },

    // What the seven mutants need: writers beside pullers; or people who crowd around the same bullets over a
    // network that loses answers.
    'seq-before-lock': { operations: 6000, phase: 1500, events: [[]] },
    'timestamp-cursor': { operations: 6000, phase: 1500, events: [[]] },
    'clamped-limit': { operations: 3000, phase: 750, events: [[]] },
    'filter-after-limit': { operations: 3000, phase: 750, events: [[]] },
    'server-fields': { operations: 3000, phase: 750, events: [[]] },
    'empty-on-replay': { operations: 6000, phase: 750, events: [[]] },
    'random-fork-id': {
        operations: 9000,
        phase: 1500,
        events: [[]],
        weights: { member: { type: 3, edit: 20, tick: 20, push: 24, pull: 8, remove: 1 } },
        faults: { none: 60, unheard: 40 },
    },
};
