//! Reading one node of the file: attributes, and operands that are known before any photo comes.

use std::collections::HashMap;
use std::fmt::Display;

use super::axis::Axis;
use crate::error::{Error, Result, invalid_generator};
use crate::onnx::{AttributeProto, NodeProto, TensorProto, floats, integers, output, shorten};

/// Integer operands (shapes, axes, pads), and the factors of `Resize`, are few and small.
const MAX_OPERAND: (usize, u64) = (8, 1 << 16);

/// A node of the file, and what it may refer to.
pub(super) struct Reader<'a> {
    node: &'a NodeProto,
    opset: i64,
    constants: &'a HashMap<&'a str, &'a TensorProto>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        node: &'a NodeProto,
        opset: i64,
        constants: &'a HashMap<&'a str, &'a TensorProto>,
    ) -> Self {
        Self {
            node,
            opset,
            constants,
        }
    }

    /// The operator's name in ONNX.
    pub(super) fn operator(&self) -> &'a str {
        &self.node.op_type
    }

    pub(super) fn opset(&self) -> i64 {
        self.opset
    }

    /// Says that the node cannot be read, and why.
    pub(super) fn refuse(&self, why: impl Display) -> Error {
        let (op, output) = (shorten(self.operator()), shorten(output(self.node)));
        invalid_generator(format!("{op} that makes {output:?}: {why}"))
    }

    fn input(&self, index: usize) -> Option<&'a str> {
        let name = self.node.input.get(index)?;
        (!name.is_empty()).then_some(name)
    }

    /// The floats at a place.
    pub(super) fn operand(&self, index: usize) -> Result<String> {
        let name = self.optional(index);
        name.ok_or_else(|| self.refuse(format!("operand {index} is left out")))
    }

    /// The floats at a place, where they are not left out.
    pub(super) fn optional(&self, index: usize) -> Option<String> {
        self.input(index).map(str::to_owned)
    }

    /// All floats.
    pub(super) fn operands(&self) -> Result<Vec<String>> {
        (0..self.node.input.len())
            .map(|index| self.operand(index))
            .collect()
    }

    /// The integers at a place, where they are not left out.
    pub(super) fn integers(&self, index: usize) -> Result<Option<Vec<i64>>> {
        let numbers = self.known(index, "int64", integers)?;
        // The ends of a Slice are often written as the largest integer.
        let large = |n: &i64| (MAX_OPERAND.1 + 1..i32::MAX as u64).contains(&n.unsigned_abs());
        match numbers.iter().flatten().find(|n| large(n)) {
            Some(n) => Err(self.refuse(format!("{n} in operand {index} is too large"))),
            None => Ok(numbers),
        }
    }

    /// The integers at a place.
    pub(super) fn needed(&self, index: usize) -> Result<Vec<i64>> {
        let numbers = self.integers(index)?;
        numbers.ok_or_else(|| self.refuse(format!("operand {index} is left out")))
    }

    /// The axes at a place, where they are not left out.
    pub(super) fn axes(&self, index: usize) -> Result<Option<Vec<Axis>>> {
        let axes = self.integers(index)?;
        Ok(axes.map(|axes| axes.into_iter().map(Axis).collect()))
    }

    /// The floats at a place, which must be in the file, where they are not left out.
    pub(super) fn floats(&self, index: usize) -> Result<Option<Vec<f32>>> {
        self.known(index, "float32", floats)
    }

    fn known<T>(
        &self,
        index: usize,
        kind: &str,
        numbers: fn(&TensorProto) -> Option<Vec<T>>,
    ) -> Result<Option<Vec<T>>> {
        let Some(name) = self.input(index) else {
            return Ok(None);
        };
        let tensor = self.constants.get(name);
        match tensor.and_then(|tensor| numbers(tensor)) {
            Some(numbers) if numbers.len() <= MAX_OPERAND.0 => Ok(Some(numbers)),
            Some(numbers) => {
                let why = format!("operand {index} has {} numbers", numbers.len());
                Err(self.refuse(format!("{why}, more than {}", MAX_OPERAND.0)))
            }
            None => Err(self.refuse(format!("operand {index} must be a constant of {kind}"))),
        }
    }

    fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.node.attribute.iter().find(|a| a.name == name)
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.i)
    }

    /// Whether an integer is there and not 0.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.int(name).unwrap_or(0) != 0
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |a| a.f)
    }

    pub(super) fn axis(&self, name: &str, default: i64) -> Axis {
        Axis(self.int(name).unwrap_or(default))
    }

    /// A number of at least 1.
    pub(super) fn count(&self, name: &str, default: i64) -> Result<usize> {
        let number = self.int(name).unwrap_or(default);
        let count = usize::try_from(number).ok().filter(|&n| n > 0);
        count.ok_or_else(|| self.refuse(format!("{name} is {number}; it must be at least 1")))
    }

    pub(super) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|a| a.ints.as_slice())
    }

    /// Numbers of at least `least`, where the attribute is there.
    pub(super) fn lengths(&self, name: &str, least: usize) -> Result<Option<Vec<usize>>> {
        let length = |&n: &i64| usize::try_from(n).ok().filter(|&n| n >= least);
        let Some(numbers) = self.ints(name) else {
            return Ok(None);
        };
        let lengths: Option<Vec<usize>> = numbers.iter().map(length).collect();
        let why = || self.refuse(format!("{name} is {numbers:?}; none may be below {least}"));
        lengths.map(Some).ok_or_else(why)
    }

    /// What a text stands for; the first where the attribute is left out.
    pub(super) fn choice<T: Copy>(&self, name: &str, known: &[(&str, T)]) -> Result<T> {
        let told = self.attribute(name).map(|a| String::from_utf8_lossy(&a.s));
        let mut fitting = known.iter().filter(|(text, _)| match &told {
            Some(told) => told == text,
            None => true,
        });
        let told = || shorten(told.as_deref().unwrap_or_default());
        let found = fitting.next().map(|(_, meaning)| *meaning);
        found.ok_or_else(|| self.refuse(format!("{name} = {:?} is not known", told())))
    }
}
