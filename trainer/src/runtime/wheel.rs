//! The pinned wheels: what to ask `pip` for, what its SHA-256 must be, and which file inside it is the library.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The pinned version of ONNX Runtime: the newest whose libraries have no telemetry uploader (see `uploader`).
pub const VERSION: &str = "1.28.0";

/// One platform's wheel.
#[derive(Debug)]
pub(super) struct Wheel {
    os: &'static str,
    arch: &'static str,
    /// The tags that `pip` may match, newest first.
    pub(super) platforms: &'static [&'static str],
    /// Of the `cp312` wheel file, in lower-case hexadecimal.
    pub(super) sha256: &'static str,
    /// The library's path inside the wheel.
    pub(super) member: &'static str,
}

/// Taken from the `cp312` wheels of version [`VERSION`], downloaded and hashed for each platform.
const WHEELS: [Wheel; 4] = [
    Wheel {
        os: "linux",
        arch: "x86_64",
        platforms: &["manylinux_2_28_x86_64"],
        sha256: "0a83bdb70d143cede762b677789bf2a7acca54b3fb82565601d5c30695aa933c",
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        platforms: &["manylinux_2_28_aarch64"],
        sha256: "4e81a23df16e7acb9d51b06d30cc098e49315ef9180f97bc2221d167b4b04d9c",
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        platforms: &["macosx_14_0_arm64"],
        sha256: "26ff0fdd06efb6c155bae95387a09db1a2be89c7a03e4d0bffd5a171cc2826da",
        member: "onnxruntime/capi/libonnxruntime.1.28.0.dylib",
    },
    Wheel {
        os: "windows",
        arch: "x86_64",
        platforms: &["win_amd64"],
        sha256: "c35064f9b3c43c81c5d5d282091401d0f1ff22796d93ccade4ea2ece5e137ab8",
        member: "onnxruntime/capi/onnxruntime.dll",
    },
];

impl Wheel {
    /// The wheel for the machine this runs on.
    pub(super) fn of_this_machine() -> Option<&'static Self> {
        Self::named(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The wheel for a system and a processor, by Rust's names.
    pub(super) fn named(os: &str, arch: &str) -> Option<&'static Self> {
        WHEELS
            .iter()
            .find(|wheel| wheel.os == os && wheel.arch == arch)
    }

    /// The library's file name.
    pub(super) fn library(&self) -> &'static str {
        self.member
            .rsplit_once('/')
            .map_or(self.member, |(_, name)| name)
    }

    /// Refuses a wheel file whose SHA-256 is not the pinned one.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        let found = sha256(path)?;
        if found == self.sha256 {
            return Ok(());
        }
        Err(Error::Runtime(format!(
            "{} has SHA-256 {found}, expected {}: it is not the pinned wheel, so it is not used; \
             check the package index that pip is set to, or set {} to a library that you trust",
            path.display(),
            self.sha256,
            super::DYLIB_VARIABLE
        )))
    }

    /// Unpacks the library out of the wheel file into `to`.
    pub(super) fn unpack(&self, path: &Path, to: &mut impl io::Write) -> Result<()> {
        let broken = |e: &dyn std::fmt::Display| {
            Error::Runtime(format!("{}: {}: {e}", path.display(), self.member))
        };
        let file = File::open(path).map_err(Error::io(path))?;
        let mut archive = zip::ZipArchive::new(file).map_err(|e| broken(&e))?;
        let mut member = archive.by_name(self.member).map_err(|e| broken(&e))?;
        io::copy(&mut member, to).map_err(|e| broken(&e))?;
        Ok(())
    }
}

fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(Error::io(path))?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
