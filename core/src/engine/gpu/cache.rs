//! Compiled pipelines on disk, where wgpu has them (Vulkan).
//!
//! A file holds a key of the driver, the device and the generator, the data, and a hash of all of it. Whatever does not
//! match is ignored and written anew.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wgpu::Features;

use super::device::Device;

const MAGIC: &[u8; 8] = b"CFNDPC01";
const HASH: usize = 32;

/// Largest file that is read: 16 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// The pipeline cache of a device, if it has one.
pub(super) struct Cache {
    pipelines: Option<wgpu::PipelineCache>,
    file: Option<File>,
}

struct File {
    path: PathBuf,
    key: [u8; HASH],
    /// Hash of what was read, so that the same is not written again.
    read: Option<[u8; HASH]>,
}

impl Cache {
    pub(super) fn open(device: &Device, folder: Option<&PathBuf>, generator: &str) -> Self {
        let none = Self {
            pipelines: None,
            file: None,
        };
        let name = wgpu::util::pipeline_cache_key(&device.info);
        let has = device.device.features().contains(Features::PIPELINE_CACHE);
        let (Some(folder), Some(name), true) = (folder, name, has) else {
            return none;
        };
        let info = &device.info;
        let mut key = Sha256::new();
        for part in [
            env!("CARGO_PKG_VERSION"),
            &info.name,
            &info.driver,
            &info.driver_info,
            generator,
        ] {
            key.update((part.len() as u64).to_le_bytes());
            key.update(part);
        }
        key.update([info.vendor, info.device].map(u32::to_le_bytes).concat());
        let key: [u8; HASH] = key.finalize().into();
        let path = folder.join(format!(
            "{name}_{}",
            generator.get(..16).unwrap_or(generator)
        ));
        let data = read(&path, &key);
        let pipelines = create(device, data.as_deref());
        let read = data.map(|data| Sha256::digest(data).into());
        Self {
            pipelines: Some(pipelines),
            file: Some(File { path, key, read }),
        }
    }

    pub(super) fn pipelines(&self) -> Option<&wgpu::PipelineCache> {
        self.pipelines.as_ref()
    }

    /// Writes what the driver has compiled, where that is new. Failing only costs the next start time.
    pub(super) fn save(&self) {
        let data = self
            .pipelines
            .as_ref()
            .and_then(wgpu::PipelineCache::get_data);
        let (Some(file), Some(data)) = (&self.file, data) else {
            return;
        };
        let hash: [u8; HASH] = Sha256::digest(&data).into();
        if file.read == Some(hash) || data.len() as u64 > MAX_BYTES / 2 {
            return;
        }
        if let Err(e) = write(&file.path, &file.key, &data) {
            log::warn!("the GPU's pipelines could not be kept: {}", e.kind());
        }
    }
}

/// The data of a file that was written for this key and is whole.
fn read(path: &Path, key: &[u8; HASH]) -> Option<Vec<u8>> {
    if fs::metadata(path).ok()?.len() > MAX_BYTES {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let (body, hash) = bytes.split_last_chunk::<HASH>()?;
    let data = body.strip_prefix(MAGIC)?.strip_prefix(key)?;
    (Sha256::digest(body)[..] == hash[..]).then(|| data.to_vec())
}

fn write(path: &Path, key: &[u8; HASH], data: &[u8]) -> std::io::Result<()> {
    let mut bytes = [&MAGIC[..], key, data].concat();
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    // Of this process alone; renamed into place.
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, &bytes)?;
    fs::rename(&temporary, path).inspect_err(|_| {
        // Nothing else to do about a file that cannot be moved.
        let _ = fs::remove_file(&temporary);
    })
}

#[allow(unsafe_code)]
fn create(device: &Device, data: Option<&[u8]>) -> wgpu::PipelineCache {
    let descriptor = wgpu::PipelineCacheDescriptor {
        label: Some("confounder"),
        data,
        fallback: true,
    };
    // SAFETY: `data` came from `PipelineCache::get_data` on the same vendor, device and driver: its file names them and
    // carries a hash over all of its bytes, and both were checked.
    unsafe { device.device.create_pipeline_cache(&descriptor) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_whole_file_for_this_key_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let (key, data) = ([7; HASH], b"compiled".as_slice());
        write(&path, &key, data).unwrap();
        assert_eq!(read(&path, &key).as_deref(), Some(data));
        assert_eq!(read(&path, &[8; HASH]), None);
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(read(&path, &key), None, "{cut}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert_eq!(read(&path, &key), None, "{at}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
