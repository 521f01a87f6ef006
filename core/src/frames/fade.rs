//! The cross-fade from one residual to the next.

use crate::residual::Residual;

/// The residual in use, on its way from one to the next.
pub(super) struct Fade {
    from: Residual,
    to: Residual,
    /// What is added now.
    mixed: Residual,
    done: u32,
    frames: u32,
}

impl Fade {
    /// Begins with a residual, unfaded.
    pub(super) fn new(residual: Residual, frames: u32) -> Self {
        Self {
            from: residual.clone(),
            mixed: residual.clone(),
            to: residual,
            done: frames,
            frames,
        }
    }

    /// Turns towards another residual of the same size from whatever is added now, so that nothing jumps. Returns one
    /// that is no longer needed.
    pub(super) fn turn_to(&mut self, residual: Residual) -> Residual {
        self.from.copy_from(&self.mixed);
        self.done = 0;
        std::mem::replace(&mut self.to, residual)
    }

    /// What is to be added to the next frame.
    pub(super) fn next(&mut self) -> &Residual {
        if self.done < self.frames {
            self.done += 1;
            let part = self.done as f32 / self.frames as f32;
            self.mixed.mix(&self.from, &self.to, part);
        }
        &self.mixed
    }

    /// Whether the next frame gets another residual than the last.
    pub(super) fn is_running(&self) -> bool {
        self.done < self.frames
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn residual(value: f32) -> Residual {
        Residual::new(1, 1, 0.1, vec![value; 3]).unwrap()
    }

    #[test]
    fn goes_in_equal_steps_and_never_jumps() {
        let mut fade = Fade::new(residual(0.08), 4);
        assert!(!fade.is_running());
        assert_eq!(fade.next().plane(0), [0.08]);
        fade.turn_to(residual(-0.08));
        let values: Vec<f32> = (0..2).map(|_| fade.next().plane(0)[0]).collect();
        assert!((values[0] - 0.04).abs() < 1e-6 && values[1].abs() < 1e-6);
        // Half way there, another one comes.
        assert!(fade.is_running());
        fade.turn_to(residual(0.1));
        assert!((fade.next().plane(0)[0] - 0.025).abs() < 1e-6);
        for _ in 0..9 {
            fade.next();
        }
        assert_eq!(fade.next().plane(0), [0.1]);
    }
}
