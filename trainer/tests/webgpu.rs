//! Training steps on a GPU by the WebGPU provider, against the CPU. Runs where `CONFOUNDER_WEBGPU` is `required` (a software
//! GPU will do) and fetches the pinned library once (25 MB).
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::process::Command;

/// What `confounder-trainer runtime` prints of steps on a device, and the losses before the first and in the last.
fn steps(device: &str, net: &str) -> (String, [f64; 2]) {
    let output = Command::new(env!("CARGO_BIN_EXE_confounder-trainer"))
        .args(["runtime", "--device", device, "--net", net])
        .args(["--width", "4", "--batch", "4", "--steps", "3"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    let losses = ["first loss ", "last loss "].map(|mark| {
        let rest = text.split_once(mark).unwrap().1;
        rest.split_whitespace().next().unwrap().parse().unwrap()
    });
    (text, losses)
}

#[test]
fn every_node_of_a_step_runs_there_and_learns_the_same() {
    if std::env::var("CONFOUNDER_WEBGPU").as_deref() != Ok("required") {
        eprintln!("skipped: CONFOUNDER_WEBGPU is not \"required\"");
        return;
    }
    for net in ["resnet18", "vgg11"] {
        let (_, cpu) = steps("cpu", net);
        let (text, gpu) = steps("webgpu", net);
        assert!(
            text.contains(" nodes on WebGpuExecutionProvider; first"),
            "{text}"
        );
        assert!(!text.contains("nodes on CPUExecutionProvider"), "{text}");
        assert!((cpu[0] - gpu[0]).abs() < 1e-3, "{net}: {cpu:?} {gpu:?}");
        assert!(
            (cpu[1] - gpu[1]).abs() < 0.02 * cpu[1],
            "{net}: {cpu:?} {gpu:?}"
        );
        assert!(cpu[1] < cpu[0], "{net}: {cpu:?}");
    }
}
