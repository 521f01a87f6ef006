//! UEraser's augmentation as APBench has it, operation by operation what Kornia 0.6.12 makes of an image
//! (`reference.json`), its oddities included: APBench's numbers come from them.

mod plasma;
mod trivial;
mod ueraser;

pub(super) use trivial::Operation;
pub use ueraser::Ueraser;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    /// What `reference.py` writes.
    #[derive(Deserialize)]
    pub(super) struct Reference {
        pub(super) operations: Vec<Applied>,
        pub(super) plasma: Vec<Plasma>,
    }

    #[derive(Deserialize)]
    pub(super) struct Applied {
        pub(super) name: String,
        pub(super) size: [usize; 2],
        pub(super) magnitude: f32,
        pub(super) before: Vec<f32>,
        pub(super) after: Vec<f32>,
    }

    #[derive(Deserialize)]
    pub(super) struct Plasma {
        pub(super) roughness: f32,
        pub(super) size: [usize; 2],
        pub(super) map: Vec<f32>,
    }

    pub(super) fn reference() -> Reference {
        serde_json::from_str(include_str!("reference.json")).unwrap()
    }

    /// Equal but for the five decimals of the reference.
    pub(super) fn close(found: &[f32], wanted: &[f32], what: &str) {
        assert_eq!(found.len(), wanted.len());
        for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            assert!(
                (found - wanted).abs() < 3e-5,
                "{what}, {i}: {found}, {wanted}"
            );
        }
    }
}
