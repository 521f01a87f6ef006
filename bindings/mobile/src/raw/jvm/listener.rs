//! A listener of the JVM: a `java.util.function.IntUnaryOperator`, whose method no shrinker renames. It is given the number of
//! a stage, from 1 on, and answers 0, or another number after the app's own listener has thrown; Kotlin keeps what it threw.

use std::sync::Arc;

use jni::objects::{JObject, JValue};
use jni::refs::Global;
use jni::{Env, JavaVM, jni_sig, jni_str};

use crate::error::{ConfounderError, Result};
use crate::progress::{ProgressListener, Stage};

struct Listener {
    vm: JavaVM,
    operator: Global<JObject<'static>>,
}

/// The listener of a call, if it has one.
pub(super) fn of(
    env: &mut Env<'_>,
    operator: &JObject<'_>,
) -> jni::errors::Result<Option<Arc<dyn ProgressListener>>> {
    if operator.is_null() {
        return Ok(None);
    }
    let (vm, operator) = (env.get_java_vm()?, env.new_global_ref(operator)?);
    Ok(Some(Arc::new(Listener { vm, operator })))
}

impl ProgressListener for Listener {
    fn on_stage(&self, stage: Stage) -> Result<()> {
        let number = match stage {
            Stage::Decode => 1,
            Stage::Generator => 2,
            Stage::Blend => 3,
            Stage::Encode => 4,
        };
        let answer = self.vm.attach_current_thread(|env| {
            let argument = [JValue::Int(number)];
            let called = env.call_method(
                &self.operator,
                jni_str!("applyAsInt"),
                jni_sig!("(I)I"),
                &argument,
            );
            if called.is_err() {
                env.exception_clear();
            }
            called?.i()
        });
        match answer {
            Ok(0) => Ok(()),
            Ok(_) => failed("the listener threw".into()),
            Err(error) => failed(error.to_string()),
        }
    }
}

fn failed(reason: String) -> Result<()> {
    Err(ConfounderError::ListenerFailed { reason })
}
