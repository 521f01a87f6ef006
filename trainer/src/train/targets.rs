/// Soft targets `[N, classes]`: `smoothing` of each row is spread evenly over all classes.
pub fn one_hot(labels: impl Iterator<Item = u8>, classes: usize, smoothing: f32) -> Vec<f32> {
    let rest = smoothing / classes as f32;
    let mut targets = Vec::new();
    for label in labels {
        let start = targets.len();
        targets.resize(start + classes, rest);
        targets[start + usize::from(label)] += 1.0 - smoothing;
    }
    targets
}
