//! The pinned wheels: what to ask `pip` for, what its SHA-256 must be, and which file inside it is the library.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Device;
use crate::error::{Error, Result};

/// The pinned version of ONNX Runtime: the newest whose libraries have no telemetry uploader (see `uploader`).
pub const VERSION: &str = "1.28.0";

/// The newest version of the wheel with WebGPU that has none either.
const WEBGPU_VERSION: &str = "1.27.0";

/// One platform's wheel.
#[derive(Debug)]
pub(super) struct Wheel {
    /// What its library can run on, beside the CPU.
    device: Device,
    os: &'static str,
    arch: &'static str,
    /// Its name on the package index.
    pub(super) package: &'static str,
    /// Its version.
    pub(super) version: &'static str,
    /// The tags that `pip` may match, newest first.
    pub(super) platforms: &'static [&'static str],
    /// Of the `cp312` wheel file, in lower-case hexadecimal.
    pub(super) sha256: &'static str,
    /// The library's path inside the wheel.
    pub(super) member: &'static str,
    /// Paths of the libraries that it loads from its own folder.
    pub(super) companions: &'static [&'static str],
}

/// Taken from the `cp312` wheels, downloaded and hashed for each platform.
const WHEELS: [Wheel; 9] = [
    Wheel {
        device: Device::Cpu,
        os: "linux",
        arch: "x86_64",
        package: "onnxruntime",
        version: VERSION,
        platforms: &["manylinux_2_28_x86_64"],
        sha256: "0a83bdb70d143cede762b677789bf2a7acca54b3fb82565601d5c30695aa933c",
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
        companions: &[],
    },
    Wheel {
        device: Device::Cpu,
        os: "linux",
        arch: "aarch64",
        package: "onnxruntime",
        version: VERSION,
        platforms: &["manylinux_2_28_aarch64"],
        sha256: "4e81a23df16e7acb9d51b06d30cc098e49315ef9180f97bc2221d167b4b04d9c",
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
        companions: &[],
    },
    Wheel {
        device: Device::Cpu,
        os: "macos",
        arch: "aarch64",
        package: "onnxruntime",
        version: VERSION,
        platforms: &["macosx_14_0_arm64"],
        sha256: "26ff0fdd06efb6c155bae95387a09db1a2be89c7a03e4d0bffd5a171cc2826da",
        member: "onnxruntime/capi/libonnxruntime.1.28.0.dylib",
        companions: &[],
    },
    Wheel {
        device: Device::Cpu,
        os: "windows",
        arch: "x86_64",
        package: "onnxruntime",
        version: VERSION,
        platforms: &["win_amd64"],
        sha256: "c35064f9b3c43c81c5d5d282091401d0f1ff22796d93ccade4ea2ece5e137ab8",
        member: "onnxruntime/capi/onnxruntime.dll",
        companions: &[],
    },
    Wheel {
        device: Device::WebGpu,
        os: "linux",
        arch: "x86_64",
        package: "onnxruntime-webgpu",
        version: WEBGPU_VERSION,
        platforms: &["manylinux_2_28_x86_64", "manylinux_2_27_x86_64"],
        sha256: "fe5e49e00ad71bc667316d57670bfbf525438783d4a3468e0d337314ec985cbe",
        member: "onnxruntime/capi/libonnxruntime.so.1.27.0",
        companions: &[],
    },
    Wheel {
        device: Device::WebGpu,
        os: "macos",
        arch: "aarch64",
        package: "onnxruntime-webgpu",
        version: WEBGPU_VERSION,
        platforms: &["macosx_14_0_arm64"],
        sha256: "8e6c43281318283a31977ebe752e7b0454db9b2dc42c768ac88641952357196a",
        member: "onnxruntime/capi/libonnxruntime.1.27.0.dylib",
        companions: &[],
    },
    Wheel {
        device: Device::WebGpu,
        os: "windows",
        arch: "x86_64",
        package: "onnxruntime-webgpu",
        version: WEBGPU_VERSION,
        platforms: &["win_amd64"],
        sha256: "7ef99275b13e8cb9584bd0db7a6f00ebf76095601eeccf7d34749b89ee991c19",
        member: "onnxruntime/capi/onnxruntime.dll",
        companions: &[
            "onnxruntime/capi/dxcompiler.dll",
            "onnxruntime/capi/dxil.dll",
        ],
    },
    Wheel {
        device: Device::Cuda,
        os: "linux",
        arch: "x86_64",
        package: "onnxruntime-gpu",
        version: VERSION,
        platforms: &["manylinux_2_28_x86_64", "manylinux_2_27_x86_64"],
        sha256: "3b3a63cecd239d72432cd44569d047de8f4d69e471cd5f60f7ac7fc8769be5ec",
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
        companions: &[
            "onnxruntime/capi/libonnxruntime_providers_shared.so",
            "onnxruntime/capi/libonnxruntime_providers_cuda.so",
        ],
    },
    Wheel {
        device: Device::Cuda,
        os: "windows",
        arch: "x86_64",
        package: "onnxruntime-gpu",
        version: VERSION,
        platforms: &["win_amd64"],
        sha256: "3befb47dabd2843bb606a50abd6f14b1eb1324eb235d5e5f3b01dd8b8034af1f",
        member: "onnxruntime/capi/onnxruntime.dll",
        companions: &[
            "onnxruntime/capi/onnxruntime_providers_shared.dll",
            "onnxruntime/capi/onnxruntime_providers_cuda.dll",
        ],
    },
];

impl Wheel {
    /// The wheel whose library runs on `device` of the machine this runs on.
    pub(super) fn of_this_machine(device: Device) -> Option<&'static Self> {
        Self::named(device, std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The wheel for a device, a system and a processor, by Rust's names.
    pub(super) fn named(device: Device, os: &str, arch: &str) -> Option<&'static Self> {
        WHEELS
            .iter()
            .find(|wheel| (wheel.device, wheel.os, wheel.arch) == (device, os, arch))
    }

    /// The library's file name.
    pub(super) fn library(&self) -> &'static str {
        file_name(self.member)
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

    /// Unpacks one of its files out of the wheel file into `to`.
    pub(super) fn unpack(&self, path: &Path, member: &str, to: &mut impl io::Write) -> Result<()> {
        let broken = |e: &dyn std::fmt::Display| {
            Error::Runtime(format!("{}: {member}: {e}", path.display()))
        };
        let file = File::open(path).map_err(Error::io(path))?;
        let mut archive = zip::ZipArchive::new(file).map_err(|e| broken(&e))?;
        let mut member = archive.by_name(member).map_err(|e| broken(&e))?;
        io::copy(&mut member, to).map_err(|e| broken(&e))?;
        Ok(())
    }
}

/// The last part of a path inside a wheel.
pub(super) fn file_name(member: &'static str) -> &'static str {
    member.rsplit_once('/').map_or(member, |(_, name)| name)
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
