//! Drivers that need care. Each line says why.

use wgpu::{AdapterInfo, Backend};

/// What is done about a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirk {
    /// It is not used.
    Avoid,
    /// It is used without float16.
    FullPrecision,
}

/// Vendor numbers, as Vulkan reports them.
const IMAGINATION: u32 = 0x1010;
const NVIDIA: u32 = 0x10de;
const QUALCOMM: u32 = 0x5143;

struct Line {
    vendor: u32,
    backend: Backend,
    /// What the adapter's name contains; any name where empty.
    name: &'static str,
    quirk: Quirk,
    /// With where it was reported.
    reason: &'static str,
}

const LINES: [Line; 5] = [
    Line {
        vendor: IMAGINATION,
        backend: Backend::Vulkan,
        name: "CXTP-48-1536",
        quirk: Quirk::Avoid,
        reason: "compute work restarts its firmware and the phone with it (ggml-org/llama.cpp#28214)",
    },
    Line {
        vendor: IMAGINATION,
        backend: Backend::Vulkan,
        name: "BXM-8-256",
        quirk: Quirk::Avoid,
        reason: "its driver ends the process (gfx-rs/wgpu#7669, hrydgard/ppsspp#17825)",
    },
    Line {
        vendor: QUALCOMM,
        backend: Backend::Vulkan,
        name: "Adreno (TM) 630",
        quirk: Quirk::FullPrecision,
        reason: "wrong results with float16, right ones with float32 (Tencent/ncnn#1084)",
    },
    Line {
        vendor: QUALCOMM,
        backend: Backend::Gl,
        name: "Adreno (TM) 6",
        quirk: Quirk::Avoid,
        reason: "the upper half of unsigned integers is lost in shaders (gfx-rs/wgpu#5318)",
    },
    Line {
        vendor: NVIDIA,
        backend: Backend::Vulkan,
        name: "",
        quirk: Quirk::FullPrecision,
        reason: "browsers keep float16 off because of driver faults (crbug.com/42251215)",
    },
];

/// The first line that holds for an adapter.
pub(super) fn find(info: &AdapterInfo) -> Option<(Quirk, &'static str)> {
    let holds = |line: &&Line| {
        line.vendor == info.vendor && line.backend == info.backend && info.name.contains(line.name)
    };
    LINES
        .iter()
        .find(holds)
        .map(|line| (line.quirk, line.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_for_its_vendor_interface_and_name() {
        let mut info = wgpu::AdapterInfo::new(wgpu::DeviceType::IntegratedGpu, Backend::Vulkan);
        info.vendor = IMAGINATION;
        info.name = "PowerVR C-Series CXTP-48-1536 MC1".into();
        assert_eq!(find(&info).map(|found| found.0), Some(Quirk::Avoid));
        info.backend = Backend::Gl;
        assert_eq!(find(&info), None);
        info.vendor = QUALCOMM;
        info.name = "Adreno (TM) 619".into();
        assert_eq!(find(&info).map(|found| found.0), Some(Quirk::Avoid));
        info.name = "Adreno (TM) 740".into();
        assert_eq!(find(&info), None);
    }
}
