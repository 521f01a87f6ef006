//! Running cargo and the tools beside it.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::{Result, root, say};

/// What the library is built with.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Features {
    /// Read and write photo files (JPEG, PNG, WebP, TIFF, JPEG XL); else apps use the platform's decoders alone.
    #[arg(long)]
    pub(crate) codecs: bool,
    /// Run the generator on GPUs too.
    #[arg(long)]
    pub(crate) gpu: bool,
}

impl Features {
    /// The arguments that say so; the default generator is always embedded.
    pub(crate) fn arguments(&self) -> [String; 3] {
        let mut features = vec!["bundled-generator"];
        features.extend(self.codecs.then_some("codecs"));
        features.extend(self.gpu.then_some("gpu"));
        [
            "--no-default-features".into(),
            "--features".into(),
            features.join(","),
        ]
    }
}

/// Runs a program to a good end, in the root of the workspace unless it was given another folder.
pub(crate) fn run(command: &mut Command) -> Result {
    say(&format!("running {command:?}"));
    if command.get_current_dir().is_none() {
        command.current_dir(root());
    }
    let status = command.status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("cannot start {:?}: {error}", command.get_program())),
    }
}

/// Builds the library of this machine, which describes the surface, with its symbols. Its path.
pub(crate) fn host_library() -> Result<PathBuf> {
    run(Command::new("cargo").args(["build", "-p", "confounder-mobile"]))?;
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(target()
        .join("debug")
        .join(format!("{prefix}confounder_mobile{suffix}")))
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
