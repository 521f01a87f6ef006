//! Operands of what is done number by number.

use super::operands::Operands;
use super::reader::Reader;
use crate::error::Result;

/// One value.
#[derive(Debug, Clone)]
pub(crate) struct One {
    pub(crate) x: String,
}

/// Two values; the smaller one is repeated along the axes that it lacks.
#[derive(Debug, Clone)]
pub(crate) struct Two {
    pub(crate) a: String,
    pub(crate) b: String,
}

#[derive(Debug, Clone)]
pub(crate) struct LeakyRelu {
    pub(crate) x: String,
    /// What negative numbers are multiplied by.
    pub(crate) slope: f32,
}

/// The bounds are values of one number.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    pub(crate) x: String,
    pub(crate) low: Option<String>,
    pub(crate) high: Option<String>,
}

impl Operands for One {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let x = node.operand(0)?;
        Ok(Self { x })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Two {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let (a, b) = (node.operand(0)?, node.operand(1)?);
        Ok(Self { a, b })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.a, &self.b]
    }
}

impl Operands for LeakyRelu {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            slope: node.float("alpha", 0.01),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Clip {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            low: node.optional(1),
            high: node.optional(2),
        })
    }

    fn names(&self) -> Vec<&str> {
        let bounds = [&self.low, &self.high].into_iter().flatten();
        [&self.x]
            .into_iter()
            .chain(bounds)
            .map(String::as_str)
            .collect()
    }
}
