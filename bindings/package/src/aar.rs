//! The AAR and the Maven folder that app teams take it from, without Gradle: by kotlinc and the JDK's `jar`.

use std::path::{Path, PathBuf};
use std::process::Command;

use confounder_bindgen::Language;
use sha2::{Digest, Sha256, Sha512};

use crate::cargo::{Features, host_library, run};
use crate::{Result, at, copy, licences, root, say};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the classes need beside Android, as a POM names it.
const DEPENDENCIES: [(&str, &str, &str); 2] = [
    ("org.jetbrains.kotlin", "kotlin-stdlib", "2.0.21"),
    ("org.jetbrains.kotlinx", "kotlinx-coroutines-core", "1.10.2"),
];

/// The oldest Kotlin whose compiler reads the classes.
const LANGUAGE: &str = "2.1";

const MANIFEST: &str = "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"dev.confounder\">\n    \
                        <uses-sdk android:minSdkVersion=\"26\" />\n</manifest>\n";

/// Writes `dev/confounder/confounder/VERSION` below `out`. `native`: a folder with a folder for each ABI, as `android` fills
/// it. `library`: a library of this machine that describes the surface; it is built if none is given.
pub(crate) fn package(
    native: &Path,
    library: Option<PathBuf>,
    out: &Path,
    features: &Features,
) -> Result {
    let library = library.map_or_else(host_library, Ok)?;
    folder(out)?;
    // The tools run in the root of the workspace.
    let absolute = |path: &Path| std::path::absolute(path).map_err(at("find", path));
    let (native, out, library) = (absolute(native)?, absolute(out)?, absolute(&library)?);
    // Beside what it makes, so that two of them do not meet.
    let work = out.join("work");
    if work.exists() {
        std::fs::remove_dir_all(&work).map_err(at("remove", &work))?;
    }
    let (archive, classes) = (work.join("archive"), work.join("classes"));
    folder(&archive)?;
    folder(&classes)?;
    let sources = [
        work.join("bindings"),
        root().join("android/confounder/src/main/kotlin"),
    ];
    confounder_bindgen::generate(&library, Language::Kotlin, &sources[0])?;
    compile(&sources, &classes)?;
    licences::write(
        &classes.join("META-INF/dev.confounder"),
        "aarch64-linux-android",
        features,
    )?;
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(name), &classes.join("META-INF/dev.confounder"))?;
    }
    jar(&archive.join("classes.jar"), &[&classes])?;
    write(&archive.join("AndroidManifest.xml"), MANIFEST)?;
    write(&archive.join("R.txt"), "")?;
    let rules = root().join("android/confounder/consumer-rules.pro");
    std::fs::copy(&rules, archive.join("proguard.txt")).map_err(at("copy", &rules))?;
    libraries(&native, &archive.join("jni"))?;

    let place = out.join("dev/confounder/confounder").join(VERSION);
    folder(&place)?;
    let file = |end: &str| place.join(format!("confounder-{VERSION}{end}"));
    jar(&file(".aar"), &[&archive])?;
    jar(&file("-sources.jar"), &[&sources[0], &sources[1]])?;
    write(&file(".pom"), &pom())?;
    for end in [".aar", "-sources.jar", ".pom"] {
        sums(&file(end))?;
    }
    write(
        &out.join("dev/confounder/confounder/maven-metadata.xml"),
        &versions(),
    )?;
    std::fs::remove_dir_all(&work).map_err(at("remove", &work))?;
    say(&format!(
        "dev.confounder:confounder:{VERSION} is in {}",
        out.display()
    ));
    Ok(())
}

fn compile(sources: &[PathBuf], classes: &Path) -> Result {
    let set = |name: &str| {
        std::env::var(name).map_err(|_| {
            format!("{name} is not set; see bindings/mobile/tests/common/toolchains.rs")
        })
    };
    let path = format!(
        "{}:{}",
        set("CONFOUNDER_ANDROID_JAR")?,
        set("CONFOUNDER_KOTLIN_JARS")?
    );
    let compiler = std::env::var("CONFOUNDER_KOTLINC").unwrap_or_else(|_| "kotlinc".into());
    let mut kotlin = Command::new(compiler);
    kotlin.env("JAVA_OPTS", "-Xmx2g").args([
        "-cp",
        &path,
        "-jvm-target",
        "17",
        "-nowarn",
        "-Xexplicit-api=strict",
        // With the JVM's own way to join strings, class files that R8 9.4.34 wrote were refused by the JVM (VerifyError).
        "-Xstring-concat=inline",
    ]);
    kotlin.args([
        "-language-version",
        LANGUAGE,
        "-api-version",
        LANGUAGE,
        "-module-name",
        "confounder",
    ]);
    run(kotlin.args(sources).arg("-d").arg(classes))
}

/// The libraries of every ABI that is there; at least that of phones.
fn libraries(native: &Path, out: &Path) -> Result {
    let name = "libconfounder_mobile.so";
    for abi in ["arm64-v8a", "x86_64"] {
        let library = native.join(abi).join(name);
        if library.exists() {
            copy(&library, &out.join(abi))?;
        } else if abi == "arm64-v8a" {
            return Err(format!(
                "{} is not there; `confounder-package android` makes it",
                library.display()
            ));
        }
    }
    Ok(())
}

/// An archive of folders' contents, the same bytes for the same contents.
fn jar(file: &Path, folders: &[&Path]) -> Result {
    let mut jar = Command::new("jar");
    jar.args([
        "--create",
        "--no-manifest",
        "--date=2026-01-01T00:00:00Z",
        "--file",
    ])
    .arg(file);
    for folder in folders {
        jar.arg("-C").arg(folder).arg(".");
    }
    run(&mut jar)
}

fn pom() -> String {
    let dependencies: String = DEPENDENCIES
        .iter()
        .map(|(group, name, version)| {
            format!(
                "    <dependency>\n      <groupId>{group}</groupId>\n      <artifactId>{name}</artifactId>\n      \
                 <version>{version}</version>\n      <scope>compile</scope>\n    </dependency>\n"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  \
         <modelVersion>4.0.0</modelVersion>\n  <groupId>dev.confounder</groupId>\n  <artifactId>confounder</artifactId>\n  \
         <version>{VERSION}</version>\n  <packaging>aar</packaging>\n  <name>Confounder</name>\n  <description>Protects \
         photos from being learned, offline.</description>\n  <licenses>\n    <license><name>MIT</name></license>\n    \
         <license><name>Apache-2.0</name></license>\n  </licenses>\n  <dependencies>\n{dependencies}  \
         </dependencies>\n</project>\n"
    )
}

/// What Maven reads to learn which versions there are.
fn versions() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata>\n  <groupId>dev.confounder</groupId>\n  \
         <artifactId>confounder</artifactId>\n  <versioning>\n    <release>{VERSION}</release>\n    <versions>\n      \
         <version>{VERSION}</version>\n    </versions>\n  </versioning>\n</metadata>\n"
    )
}

/// Checksums beside a file, as Maven reads them.
fn sums(file: &Path) -> Result {
    let bytes = std::fs::read(file).map_err(at("read", file))?;
    let hex = |digest: &[u8]| {
        digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let beside = |end: &str| PathBuf::from(format!("{}.{end}", file.display()));
    // Old, but what Maven looks for first.
    for (kind, program) in [("md5", "md5sum"), ("sha1", "sha1sum")] {
        let sum = Command::new(program)
            .arg(file)
            .output()
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        let sum = String::from_utf8_lossy(&sum.stdout);
        let sum = sum
            .split_whitespace()
            .next()
            .ok_or(format!("{program} gave no sum"))?;
        write(&beside(kind), sum)?;
    }
    write(&beside("sha256"), &hex(&Sha256::digest(&bytes)))?;
    write(&beside("sha512"), &hex(&Sha512::digest(&bytes)))
}

fn folder(path: &Path) -> Result {
    std::fs::create_dir_all(path).map_err(at("make", path))
}

fn write(path: &Path, text: &str) -> Result {
    std::fs::write(path, text).map_err(at("write", path))
}
