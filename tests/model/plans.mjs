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
};
