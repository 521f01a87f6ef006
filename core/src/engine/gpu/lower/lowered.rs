//! What the GPU engine cannot run, and sizes that it can.

/// What the GPU engine cannot run, in words. Not an error of the generator: the CPU runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine::gpu) struct Unsupported(pub(in crate::engine::gpu) String);

pub(super) type Lowered<T> = Result<T, Unsupported>;

pub(super) fn unsupported(what: &str) -> Unsupported {
    // Names of operators were checked against contract v1.
    Unsupported(format!("the GPU engine does not run {what}"))
}

pub(super) fn volume(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// A count as kernels take it. Values have fewer than 2^27 numbers, packed at most four times that.
pub(super) fn word(count: usize) -> Lowered<u32> {
    u32::try_from(count)
        .ok()
        .filter(|&count| count < 1 << 30)
        .ok_or_else(|| unsupported("values of that size"))
}

pub(super) fn words<const N: usize>(numbers: [usize; N]) -> Lowered<[u32; N]> {
    let mut words = [0; N];
    for (to, number) in words.iter_mut().zip(numbers) {
        *to = word(number)?;
    }
    Ok(words)
}
