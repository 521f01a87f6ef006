use std::sync::Arc;

use ort::value::{DynTensor, DynTensorValueType, DynValue, Tensor};

use super::{Session, session::Shared};
use crate::{
    error::{Error, Result},
    graph::Graph,
    runtime,
};

/// A row of float32 numbers that lies where a session left it: on the host, or on the device that it was computed on.
/// Another session on that device reads it there.
#[derive(Debug)]
pub struct Resident {
    value: DynTensor,
    len: usize,
    /// What allocated it, and must be there to free it.
    _owner: Option<Shared>,
}

impl Resident {
    /// A row of one or more numbers, on the host until a session has made its successor.
    ///
    /// # Errors
    /// [`Error::Runtime`] where ONNX Runtime cannot be had, [`Error::Ort`] where it refuses it.
    pub fn new(data: Vec<f32>) -> Result<Self> {
        runtime::environment()?;
        let len = data.len();
        let value = Tensor::from_array(([len], data))
            .map_err(|e| Error::Ort(e.to_string()))?
            .upcast();
        Ok(Self {
            value,
            len,
            _owner: None,
        })
    }

    pub(super) fn of(value: DynValue, owner: &Shared) -> ort::Result<Self> {
        let value = value.downcast::<DynTensorValueType>()?;
        let len = value.shape().iter().map(|&n| n.max(0) as usize).product();
        Ok(Self {
            value,
            len,
            _owner: Some(Arc::clone(owner)),
        })
    }

    pub(super) fn value(&self) -> &DynTensor {
        &self.value
    }

    /// A copy on the host.
    ///
    /// # Errors
    /// [`Error::Ort`] where it cannot be read.
    pub fn to_host(&self) -> Result<Vec<f32>> {
        if self.value.memory_info().is_cpu_accessible() {
            let (_, data) = self
                .value
                .try_extract_tensor::<f32>()
                .map_err(|e| Error::Ort(e.to_string()))?;
            return Ok(data.to_vec());
        }
        let mut graph = Graph::new();
        let shape: Vec<usize> = self.value.shape().iter().map(|&n| n as usize).collect();
        let there = graph.input("there", &shape);
        let row = graph.reshape(there, &[self.len]);
        graph.output("here", row);
        let (mut outputs, _) = Session::new(&graph, 1)?.run_with(&[], &[("there", self)], &[])?;
        outputs.take("here")
    }
}
