use rand::{Rng, RngExt};

/// How a parameter starts.
#[derive(Debug, Clone, PartialEq)]
pub enum Init {
    /// Every element the same.
    Constant(f32),
    /// Normal with this standard deviation (0.02: Radford et al. 2016, for GANs).
    Normal(f32),
    /// Uniform within 1 / sqrt(fan-in): PyTorch's default for convolutions and dense layers. Before batch norm a smaller
    /// start is a larger step.
    FanInUniform,
    /// Given values.
    Values(Vec<f32>),
}

impl Init {
    /// Appends the elements of a tensor of `shape`.
    pub fn fill(&self, shape: &[usize], to: &mut Vec<f32>, rng: &mut impl Rng) {
        let count: usize = shape.iter().product();
        match self {
            Self::Constant(x) => to.extend(std::iter::repeat_n(*x, count)),
            Self::Values(values) => to.extend(values),
            Self::Normal(deviation) => to.extend((0..count).map(|_| deviation * normal(rng))),
            Self::FanInUniform => {
                let fan_in: usize = shape.iter().skip(1).product();
                let bound = 1.0 / (fan_in as f32).sqrt();
                to.extend((0..count).map(|_| rng.random_range(-bound..bound)));
            }
        }
    }
}

/// Standard normal deviate (Box and Muller 1958).
pub(crate) fn normal(rng: &mut impl Rng) -> f32 {
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
}
