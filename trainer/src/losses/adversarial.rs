use crate::graph::{Graph, Value};

/// Eq. 2, as D minimises it: -E log D(x) - E log(1 - D(x + G(x))), from the logits `[N]` on unprotected and on
/// protected images.
pub fn discriminator_loss(g: &mut Graph, natural: Value, protected: Value) -> Value {
    let minus = g.neg(natural);
    let on_natural = g.softplus(minus);
    let on_protected = g.softplus(protected);
    let sum = g.add(on_natural, on_protected);
    g.mean_all(sum)
}

/// The generator's side of Eq. 2 in its non-saturating form, -E log D(x + G(x)) (Goodfellow et al. 2014, section 3).
pub fn generator_adversarial_loss(g: &mut Graph, protected: Value) -> Value {
    let minus = g.neg(protected);
    let loss = g.softplus(minus);
    g.mean_all(loss)
}
