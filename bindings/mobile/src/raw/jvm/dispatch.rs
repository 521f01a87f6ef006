//! The calls of the surface, by their names.

use std::sync::Arc;

use uniffi::Lift;

use super::answers::{done, nothing};
use super::objects;
use crate::error::{ConfounderError, Result};
use crate::progress::ProgressListener;
use crate::raw::call::lost;
use crate::{CancelToken, FrameProtector, Protector, UniFfiTag, build_info, new_personal_key};

/// What a call is given beside bytes that are read where they lie.
pub(super) struct Input<'a> {
    handles: &'a [i64],
    arguments: &'a [u8],
    listener: Option<Arc<dyn ProgressListener>>,
}

impl<'a> Input<'a> {
    pub(super) fn new(
        handles: &'a [i64],
        arguments: &'a [u8],
        listener: Option<Arc<dyn ProgressListener>>,
    ) -> Self {
        Self {
            handles,
            arguments,
            listener,
        }
    }

    /// The object that the call is made on, or is given first.
    fn object<T>(&self) -> Result<Arc<T>> {
        objects::borrowed(self.handles.first().copied().unwrap_or_default())
    }

    /// The next of the other arguments.
    fn next<T: Lift<UniFfiTag>>(&mut self) -> Result<T> {
        T::try_read(&mut self.arguments).or_else(|_| {
            lost("the arguments cannot be read; library and bindings are of different versions")
        })
    }
}

/// Makes the call of this name. `data` is what it takes as bytes.
pub(super) fn call(name: &str, data: &[u8], mut input: Input<'_>) -> Result<Vec<u8>> {
    let input = &mut input;
    match name {
        "build_info" => done(build_info()),
        "new_personal_key" => done(new_personal_key()?),
        "CancelToken.new" => done(CancelToken::new()),
        "CancelToken.cancel" => {
            input.object::<CancelToken>()?.cancel();
            nothing()
        }
        "CancelToken.is_cancelled" => done(input.object::<CancelToken>()?.is_cancelled()),
        "FrameProtector.new" => {
            let protector = input.object::<Protector>()?;
            done(FrameProtector::new(&protector, input.next()?)?)
        }
        "Protector.bundled" => done(Protector::bundled(input.next()?)?),
        "Protector.open" => done(Protector::open(data, input.next()?)?),
        "Protector.personal" => done(Protector::personal(data, input.next()?)?),
        _ => match name.strip_prefix("Protector.") {
            Some(method) => of_protector(&*input.object()?, method, data, input),
            None => unknown(name),
        },
    }
}

fn of_protector(
    protector: &Protector,
    method: &str,
    data: &[u8],
    input: &mut Input<'_>,
) -> Result<Vec<u8>> {
    match method {
        "detect" => done(protector.detect(data, input.next()?)?),
        "engine" => done(protector.engine()),
        "finish_decoded" => {
            let (jpeg, upright, options) = (input.next()?, input.next()?, input.next()?);
            done(protector.finish_decoded(data, jpeg, upright, options)?)
        }
        "generator" => done(protector.generator()),
        "gpu_status" => done(protector.gpu_status()),
        "inspect" => done(protector.inspect(data, input.next()?)?),
        "pause_gpu" => {
            protector.pause_gpu(input.next()?);
            nothing()
        }
        "plan" => done(protector.plan(data, input.next()?)?),
        "protect_bytes" => {
            let (options, cancel) = (input.next()?, objects::cancel(input.handles)?);
            done(protector.protect_bytes(data, options, cancel, input.listener.take())?)
        }
        "protect_file" => {
            let (from, to, options) = (input.next()?, input.next()?, input.next()?);
            let cancel = objects::cancel(input.handles)?;
            done(protector.protect_file(from, to, options, cancel, input.listener.take())?)
        }
        "warm_up_gpu" => done(protector.warm_up_gpu()),
        _ => unknown(method),
    }
}

fn unknown(name: &str) -> Result<Vec<u8>> {
    Err(ConfounderError::Other {
        reason: format!("there is no call {name}; library and bindings are of different versions"),
    })
}
