use super::{BatchShape, finish_gradient, learned};
use crate::{
    error::Result,
    graph::Graph,
    losses::{
        ConfounderInput, LossWeights, confounder_operand, generator_adversarial_loss, hinge_loss,
        total_loss,
    },
    nets::{Discriminator, Mode, Net, Scope, State, Weights},
};

/// What the generator is trained against.
pub struct GeneratorStep<'a> {
    /// G.
    pub generator: &'a dyn Net,
    /// The frozen surrogate f and its weights.
    pub surrogate: (&'a dyn Net, &'a State),
    /// Bound of the residual.
    pub epsilon: f32,
    /// Bound c of Eq. 4.
    pub hinge_bound: f32,
    /// Weights of Eq. 5.
    pub weights: LossWeights,
    /// Operand of f in Eq. 3.
    pub confounder: ConfounderInput,
}

impl GeneratorStep<'_> {
    /// Gradient graph of G (Eq. 5): inputs `images [N, 3, H, W]`, `targets [N, classes]`, G's vectors (`net`) and D's
    /// (`discriminator`); outputs `loss`, `adversarial`, `confounder`, `hinge`, `protected` (for D's own step),
    /// `gradient`, `statistics`.
    pub fn gradient(&self, batch: BatchShape, classes: usize) -> Result<Graph> {
        let mut graph = Graph::new();
        let images = graph.input("images", &batch.nchw());
        let targets = graph.input("targets", &[batch.images, classes]);
        let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
        let coarse = self.generator.forward(&mut scope, images);
        let (parameters, statistics) = learned(&scope);
        let g = &mut graph;
        let residual = g.resize_linear(coarse, batch.height, batch.width);
        let sum = g.add(images, residual);
        let protected = g.clip(sum, 0.0, 1.0);

        let mut scope = Scope::new(g, Weights::Slots("discriminator"), Mode::Train);
        let judged = Discriminator.forward(&mut scope, protected);
        let adversarial = generator_adversarial_loss(g, judged);

        let shown = confounder_operand(g, self.confounder, images, residual, self.epsilon);
        let (net, state) = self.surrogate;
        let logits = net.forward(
            &mut Scope::new(g, Weights::Frozen(state), Mode::Evaluate),
            shown,
        );
        let confounder = g.cross_entropy(logits, targets);
        let hinge = hinge_loss(g, residual, self.hinge_bound);
        let loss = total_loss(g, &self.weights, adversarial, confounder, hinge);
        let named = [
            ("loss", loss),
            ("adversarial", adversarial),
            ("confounder", confounder),
            ("hinge", hinge),
        ];
        named
            .iter()
            .for_each(|(name, value)| g.output(name, *value));
        g.output("protected", protected);
        finish_gradient(g, loss, &parameters, &statistics)?;
        Ok(graph)
    }
}

/// Inference graph of G with frozen, folded weights: input `image`, output `residual` (at G's own, coarse extents).
/// This is what is exported.
pub fn generator_residual(generator: &dyn Net, state: &State, batch: BatchShape) -> Graph {
    let mut graph = Graph::new();
    let images = graph.input("image", &batch.nchw());
    let mut scope = Scope::new(&mut graph, Weights::Frozen(state), Mode::Evaluate);
    let residual = generator.forward(&mut scope, images);
    graph.output("residual", residual);
    graph
}
