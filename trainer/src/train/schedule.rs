/// The learning rate at step `step` of `total`: a linear rise over the share `warm_up` of all steps, then a cosine to 0
/// (Loshchilov and Hutter 2017, one cycle).
pub fn learning_rate(highest: f32, warm_up: f32, step: u64, total: u64) -> f32 {
    let (step, total) = (step as f64 + 0.5, total.max(1) as f64);
    let rise = f64::from(warm_up) * total;
    let share = if step < rise {
        step / rise
    } else {
        0.5 * (1.0 + (std::f64::consts::PI * (step - rise) / (total - rise)).cos())
    };
    (f64::from(highest) * share) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_then_falls_to_nothing() {
        let rates: Vec<f32> = (0..100)
            .map(|step| learning_rate(0.1, 0.2, step, 100))
            .collect();
        assert!(rates[..20].windows(2).all(|w| w[0] < w[1]));
        assert!(rates[21..].windows(2).all(|w| w[0] > w[1]));
        assert!((rates[20] - 0.1).abs() < 1e-3 && rates[99] < 1e-4);
    }
}
