//! Networks as functions from a value to a value, over a [`Scope`] that supplies their weights.

mod classifier;
mod code;
mod densenet;
mod discriminator;
mod dncnn;
mod efficientnet;
mod generator;
mod groups;
mod init;
mod pretrained;
mod resnet;
mod scope;
mod stem;
mod vgg;
mod visibility;

pub use classifier::{Architecture, Classifier};
pub use code::CodeGenerator;
pub use densenet::DenseNet121;
pub use discriminator::Discriminator;
pub use dncnn::DnCnn;
pub use efficientnet::{
    EfficientNetFeatures, EfficientNetLite, EfficientNetLite0, EfficientNetTop, EfficientNetTrunk,
    LITE0_FEATURES,
};
pub use generator::ResidualGenerator;
pub use groups::{GroupGenerator, IMAGENET_GROUPS, imagenet_groups};
pub use init::Init;
pub(crate) use init::normal;
pub use pretrained::{LowRank, Pretrained};
pub use resnet::{ResNet18, ResNet50};
pub use scope::{Mode, Scope, Spec, Weights};
pub use vgg::Vgg11;
pub use visibility::VisibilityMap;

use rand::Rng;

use crate::graph::{Graph, Value};

/// A network: what it computes from its operand, with the scope's weights.
pub trait Net: Send + Sync {
    /// Appends the network to the scope's graph and returns its result.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value;
}

/// Everything that a network carries from step to step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// What the optimiser changes, in one flat vector.
    pub parameters: Vec<f32>,
    /// Running means and variances of the batch normalisations, in one flat vector.
    pub statistics: Vec<f32>,
}

impl State {
    /// A freshly initialised state of `net`, whose operand has the shape `input`.
    pub fn init(net: &dyn Net, input: &[usize], rng: &mut impl Rng) -> Self {
        let mut graph = Graph::new();
        let x = graph.input("x", input);
        let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
        net.forward(&mut scope, x);
        let mut state = Self::default();
        scope
            .parameters()
            .iter()
            .for_each(|spec| spec.init.fill(&spec.shape, &mut state.parameters, rng));
        scope
            .statistics()
            .iter()
            .for_each(|spec| spec.init.fill(&spec.shape, &mut state.statistics, rng));
        state
    }

    /// The state of the first part of a network, which is as long as `first`, and that of the rest.
    #[must_use]
    pub fn split(&self, first: &Self) -> (Self, Self) {
        let (a, b) = self.parameters.split_at(first.parameters.len());
        let (c, d) = self.statistics.split_at(first.statistics.len());
        let of = |parameters: &[f32], statistics: &[f32]| Self {
            parameters: parameters.to_vec(),
            statistics: statistics.to_vec(),
        };
        (of(a, c), of(b, d))
    }

    /// The state of a network whose first part has this state and whose rest has that of `rest`.
    #[must_use]
    pub fn joined(&self, rest: &Self) -> Self {
        Self {
            parameters: [&self.parameters[..], &rest.parameters].concat(),
            statistics: [&self.statistics[..], &rest.statistics].concat(),
        }
    }
}
