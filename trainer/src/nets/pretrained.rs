//! Weights that were learned elsewhere.

use half::f16;
use rand::SeedableRng;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::{
    Architecture, Classifier, EfficientNetFeatures, EfficientNetLite0, Net, State,
    efficientnet::{ALL, Block, FIRST, WIDTH},
};
use crate::error::{Error, Result};

/// What a network starts from, in place of chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pretrained {
    /// EfficientNet-Lite0's weights for ImageNet (Apache-2.0; see `trainer/weights`).
    EfficientnetLite0,
}

/// As `trainer/weights/extract.py` took them out of the published file.
const EFFICIENTNET_LITE0: &[u8] = include_bytes!("../../weights/efficientnet_lite0.safetensors");

/// What its batch norms add to a variance, and what ours add.
const EPSILON: (f32, f32) = (1e-3, 1e-5);

impl Pretrained {
    /// Whether a network can start from it.
    ///
    /// # Errors
    /// [`Error::Recipe`] where the weights are of another architecture or width.
    pub fn check(self, net: Architecture, width: usize) -> Result<()> {
        if (net, width) == (Architecture::EfficientnetLite, WIDTH) {
            return Ok(());
        }
        Err(Error::Recipe(format!(
            "the weights of EfficientNet-Lite0 are for net = \"efficientnet-lite\" and width = 32, not {} and {width}",
            net.name()
        )))
    }

    /// Puts the weights in place of a fresh state's first ones. The last layer stays as it is.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn apply(self, net: &Classifier, state: &mut State) -> Result<()> {
        self.check(net.net, net.width)?;
        self.fill(state)
    }

    /// The network without its last layer, with its weights.
    ///
    /// # Errors
    /// [`Error::Recipe`] where the weights that came with this program are damaged.
    pub fn features(self) -> Result<(EfficientNetFeatures, State)> {
        let mut state = blank(&EfficientNetFeatures);
        self.fill(&mut state)?;
        Ok((EfficientNetFeatures, state))
    }

    /// The whole network without its classifier, with its weights.
    ///
    /// # Errors
    /// As [`Self::features`].
    pub fn whole(self) -> Result<(EfficientNetLite0, State)> {
        let mut state = blank(&EfficientNetLite0);
        let mut layers = layers(&ALL);
        layers.push(("_conv_head".to_owned(), "_bn1".to_owned()));
        fill(&mut state, &layers)?;
        Ok((EfficientNetLite0, state))
    }

    /// Its classifier of ImageNet's 1,000 classes.
    ///
    /// # Errors
    /// As [`Self::features`].
    pub fn classifier(self) -> Result<LowRank> {
        let tensors = tensors()?;
        Ok(LowRank {
            left: numbers(&tensors, "_fc.left")?,
            right: numbers(&tensors, "_fc.right")?,
            bias: numbers(&tensors, "_fc.bias")?,
        })
    }

    /// Stem and blocks, which stand first in the state of either small network.
    fn fill(self, state: &mut State) -> Result<()> {
        fill(state, &layers(&FIRST))
    }
}

/// A dense layer as a product of two matrices: logits `[N, classes]` = features x right^T x left^T + bias.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// `[classes, rank]`, row by row.
    pub left: Vec<f32>,
    /// `[rank, features]`, row by row.
    pub right: Vec<f32>,
    /// `[classes]`.
    pub bias: Vec<f32>,
}

/// A state to be filled: whatever chance puts in is replaced.
fn blank(net: &dyn Net) -> State {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
    State::init(net, &[1, 3, 32, 32], &mut rng)
}

fn tensors() -> Result<SafeTensors<'static>> {
    SafeTensors::deserialize(EFFICIENTNET_LITE0).map_err(|e| Error::Recipe(e.to_string()))
}

/// Puts the weights of layers that follow each other at the start of a state.
fn fill(state: &mut State, layers: &[(String, String)]) -> Result<()> {
    let tensors = tensors()?;
    let mut at = (0, 0);
    for (convolution, norm) in layers {
        let read = |name: String| numbers(&tensors, &name);
        let parameters = [
            read(format!("{convolution}.weight"))?,
            read(format!("{norm}.weight"))?,
            read(format!("{norm}.bias"))?,
        ];
        let variance = read(format!("{norm}.running_var"))?;
        let variance = variance.iter().map(|v| v + EPSILON.0 - EPSILON.1).collect();
        let statistics = [read(format!("{norm}.running_mean"))?, variance];
        put(&mut state.parameters, &mut at.0, &parameters)?;
        put(&mut state.statistics, &mut at.1, &statistics)?;
    }
    Ok(())
}

/// Names of each convolution and the batch norm behind it, in the order in which the network asks for them.
fn layers(blocks: &[Block]) -> Vec<(String, String)> {
    let mut layers = vec![("_conv_stem".to_owned(), "_bn0".to_owned())];
    for block in blocks {
        let (i, names) = (
            block.index,
            ["_expand_conv", "_depthwise_conv", "_project_conv"],
        );
        for (k, name) in names.iter().enumerate() {
            if k > 0 || block.expansion > 1 {
                layers.push((format!("_blocks.{i}.{name}"), format!("_blocks.{i}._bn{k}")));
            }
        }
    }
    layers
}

fn numbers(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>> {
    let tensor = tensors
        .tensor(name)
        .map_err(|e| Error::Recipe(format!("{name}: {e}")))?;
    if tensor.dtype() != Dtype::F16 {
        return Err(Error::Recipe(format!("{name} is not of float16")));
    }
    let bytes = tensor.data().as_chunks::<2>().0;
    Ok(bytes
        .iter()
        .map(|b| f16::from_le_bytes(*b).to_f32())
        .collect())
}

fn put(to: &mut [f32], at: &mut usize, rows: &[Vec<f32>]) -> Result<()> {
    for row in rows {
        let place = to
            .get_mut(*at..*at + row.len())
            .ok_or_else(|| Error::Recipe("the weights are longer than the network".into()))?;
        place.copy_from_slice(row);
        *at += row.len();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn net(width: usize) -> Classifier {
        Classifier {
            net: Architecture::EfficientnetLite,
            width,
            classes: 10,
            stem_stride: 1,
        }
    }

    fn fresh(net: &Classifier) -> State {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        State::init(net, &[1, 3, 32, 32], &mut rng)
    }

    #[test]
    fn all_but_the_last_layer_is_replaced() {
        let before = fresh(&net(32));
        let mut after = before.clone();
        Pretrained::EfficientnetLite0
            .apply(&net(32), &mut after)
            .unwrap();
        let body = before.parameters.len() - (192 * 10 + 10);
        assert_eq!(before.parameters[body..], after.parameters[body..]);
        assert!(after.statistics.iter().all(|x| x.is_finite()));
        // A few are what a fresh one starts with, such as the means of channels that are always 0.
        let kept = |before: &[f32], after: &[f32]| {
            let pairs = before.iter().zip(after);
            pairs.filter(|(before, after)| before == after).count()
        };
        let parameters = kept(&before.parameters[..body], &after.parameters[..body]);
        let statistics = kept(&before.statistics, &after.statistics);
        assert!(parameters < 10, "{parameters}");
        assert!(100 * statistics < before.statistics.len(), "{statistics}");
    }

    #[test]
    fn features_are_the_blocks_of_a_net_that_starts_from_the_same_weights() {
        let whole = net(32);
        let mut state = fresh(&whole);
        Pretrained::EfficientnetLite0
            .apply(&whole, &mut state)
            .unwrap();
        let (_, features) = Pretrained::EfficientnetLite0.features().unwrap();
        let (parameters, statistics) = (features.parameters.len(), features.statistics.len());
        assert_eq!(features.parameters, state.parameters[..parameters]);
        assert_eq!(features.statistics, state.statistics[..statistics]);
    }

    #[test]
    fn another_width_is_refused() {
        let net = net(16);
        let error = Pretrained::EfficientnetLite0.apply(&net, &mut fresh(&net));
        let text = error.unwrap_err().to_string();
        assert!(text.contains("width = 32"), "{text}");
    }
}
