//! Which execution providers the loaded library was built with.
use ort::ep::ExecutionProvider;
use ort::session::builder::SessionBuilder;

macro_rules! probes {
    ($($probe:ident = $name:literal),* $(,)?) => {
        $(
            struct $probe;

            impl ExecutionProvider for $probe {
                const NAME: &'static str = $name;

                fn register(&self, _: &mut SessionBuilder) -> ort::Result<()> {
                    Err(ort::Error::new(concat!($name, " is only asked for, not registered, here")))
                }
            }
        )*

        /// The names of the execution providers built into the loaded library, fastest kinds first.
        pub(super) fn available() -> Vec<&'static str> {
            let mut names = Vec::new();
            $(
                if $probe::is_available().unwrap_or(false) {
                    names.push($name);
                }
            )*
            names
        }
    };
}

probes! {
    TensorRt = "TensorrtExecutionProvider",
    Cuda = "CUDAExecutionProvider",
    MiGraphX = "MIGraphXExecutionProvider",
    WebGpu = "WebGpuExecutionProvider",
    DirectMl = "DmlExecutionProvider",
    CoreMl = "CoreMLExecutionProvider",
    OpenVino = "OpenVINOExecutionProvider",
    Xnnpack = "XnnpackExecutionProvider",
    Cpu = "CPUExecutionProvider",
}
