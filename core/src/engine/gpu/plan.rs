//! Which buffers share memory: a buffer's memory is free again after the last pass that uses it.

use super::program::{Program, Source};

/// Memory for the values of a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Bytes of each slot.
    pub(super) slots: Vec<u64>,
    /// The slot of each buffer; `None` for one that no pass uses.
    pub(super) slot_of: Vec<Option<usize>>,
}

/// The first and last pass that uses a buffer.
type Life = Option<(usize, usize)>;

/// Gives each buffer the free slot that fits best, the largest free one to grow, or a new one.
pub(super) fn plan(program: &Program, half: bool) -> Plan {
    let lives = lives(program);
    let mut plan = Plan {
        slots: Vec::new(),
        slot_of: vec![None; program.buffers.len()],
    };
    let mut free: Vec<usize> = Vec::new();
    for pass in 0..program.passes.len() {
        for (buffer, _) in ends(&lives, |life| life.0 == pass) {
            let bytes = program.buffers[buffer].bytes(half).max(16);
            let fitting = free.iter().copied().filter(|&s| plan.slots[s] >= bytes);
            let best = fitting
                .min_by_key(|&s| plan.slots[s])
                .or_else(|| free.iter().copied().max_by_key(|&s| plan.slots[s]));
            let slot = best.unwrap_or_else(|| {
                plan.slots.push(0);
                plan.slots.len() - 1
            });
            free.retain(|&s| s != slot);
            plan.slots[slot] = plan.slots[slot].max(bytes);
            plan.slot_of[buffer] = Some(slot);
        }
        for (buffer, _) in ends(&lives, |life| life.1 == pass) {
            free.extend(plan.slot_of[buffer]);
        }
    }
    plan
}

fn lives(program: &Program) -> Vec<Life> {
    let mut lives: Vec<Life> = vec![None; program.buffers.len()];
    for (at, pass) in program.passes.iter().enumerate() {
        let read = pass.inputs.iter().filter_map(|source| match source {
            Source::Value(buffer) => Some(*buffer),
            _ => None,
        });
        for buffer in read.chain([pass.output]) {
            let first = lives[buffer].map_or(at, |life| life.0);
            lives[buffer] = Some((first, at));
        }
    }
    // The residual is read after the last pass.
    if let Some(life) = &mut lives[program.output] {
        life.1 = program.passes.len();
    }
    lives
}

fn ends(
    lives: &[Life],
    matches: impl Fn((usize, usize)) -> bool,
) -> impl Iterator<Item = (usize, (usize, usize))> {
    lives.iter().enumerate().filter_map(move |(buffer, life)| {
        life.filter(|&life| matches(life))
            .map(|life| (buffer, life))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gpu::kernel::Kernel;
    use crate::engine::gpu::program::{BufferSpec, Extent, Layout, Pass};

    fn chain(reads: &[&[usize]], lengths: &[u32]) -> Program {
        let pass = |(output, inputs): (usize, &&[usize])| Pass {
            kernel: Kernel::Unary,
            constants: vec![],
            params: vec![],
            row: 0,
            inputs: inputs.iter().map(|&i| Source::Value(i)).collect(),
            output,
            extent: Extent::Invocations(1),
        };
        let spec = |&length| BufferSpec {
            layout: Layout::Packed,
            length,
        };
        Program {
            passes: reads.iter().enumerate().map(pass).collect(),
            buffers: lengths.iter().map(spec).collect(),
            constants: vec![],
            weights: vec![],
            image: (1, 1),
            residual: (1, 1),
            output: reads.len() - 1,
        }
    }

    #[test]
    fn a_chain_needs_two_slots() {
        let program = chain(&[&[], &[0], &[1], &[2], &[3]], &[8, 4, 2, 8, 1]);
        let plan = plan(&program, false);
        assert_eq!(plan.slots.len(), 2, "{plan:?}");
        assert_eq!(plan.slots.iter().sum::<u64>(), (8 + 8) * 16);
    }

    #[test]
    fn what_is_read_later_is_kept() {
        // The first value is added to the third.
        let program = chain(&[&[], &[0], &[1, 0], &[2]], &[4, 4, 4, 4]);
        let plan = plan(&program, false);
        assert_eq!(plan.slots.len(), 3, "{plan:?}");
        let slots = &plan.slot_of;
        assert!(slots[0] != slots[1] && slots[1] != slots[2] && slots[0] != slots[2]);
    }

    #[test]
    fn no_pass_reads_and_writes_one_slot() {
        let program = chain(&[&[], &[0], &[0, 1], &[2, 1], &[3]], &[3, 9, 1, 5, 2]);
        let plan = plan(&program, true);
        for pass in &program.passes {
            for input in &pass.inputs {
                if let Source::Value(input) = input {
                    assert_ne!(plan.slot_of[*input], plan.slot_of[pass.output]);
                }
            }
        }
    }
}
