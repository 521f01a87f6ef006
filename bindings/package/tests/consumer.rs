//! The AAR as an app's build takes it: the sample app by an older Kotlin, R8 in full mode, `aapt2`, `zipalign`, `apksigner`;
//! what R8 leaves is run on the JVM, so that no rule to keep a class is missing.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../../mobile/tests/common/mod.rs"]
mod common;
#[allow(dead_code)] // Shared with tests that use all of it.
#[path = "../../mobile/tests/common/kotlin.rs"]
mod kotlin;
#[path = "../../mobile/tests/common/maven.rs"]
mod maven;
#[path = "../../mobile/tests/common/toolchains.rs"]
mod toolchains;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{files, library, root, run, scratch, skip};
use toolchains::Kotlin;

/// R8 of the two newest Android Gradle plugins.
const R8: [&str; 2] = ["9.4.34", "9.3.29"];

/// The oldest Kotlin that apps may have.
const OLDEST: &str = "2.0.21";

#[test]
fn an_app_takes_the_archive_and_r8_leaves_what_it_needs() {
    // R8 takes minutes: only where it is asked for.
    if !std::env::var("CONFOUNDER_TOOLCHAINS")
        .is_ok_and(|all| all.split_whitespace().any(|one| one == "consumer"))
    {
        eprintln!("skipped: CONFOUNDER_TOOLCHAINS does not name the consumer");
        return;
    }
    let Some(kotlin) = Kotlin::find() else { return };
    let out = scratch("consumer");
    let package = packaged(&kotlin, &out);
    checksums(&package);
    let archive = unpacked(&package, &out);
    let text = std::fs::read_to_string(pom(&package)).unwrap();
    let needs = text
        .split_once("<dependencies>")
        .and_then(|(_, rest)| rest.split_once("</dependencies>"));
    let (more, compiler) = (
        dependency(
            "org.jetbrains.kotlinx",
            "kotlinx-coroutines-android",
            "1.10.2",
        ),
        dependency("org.jetbrains.kotlin", "kotlin-compiler-embeddable", OLDEST),
    );
    let tools = scratch("consumer-compiler");
    let jars = maven::dependencies(&out, &(needs.unwrap().0.to_owned() + &more));
    let compiler = maven::dependencies(&tools, &compiler);
    let r8: Option<Vec<_>> = R8
        .iter()
        .map(|version| maven::fetched("com.android.tools", "r8", version, "jar"))
        .collect();
    let (Some(jars), Some(compiler), Some(r8)) = (jars, compiler, r8) else {
        return skip(
            "consumer",
            "R8 and an older Kotlin cannot be had from Maven",
        );
    };

    let app = App::compile(&kotlin, &archive, jars, &compiler, &out);
    for (version, r8) in R8.iter().zip(&r8) {
        let classes = app.shrink(
            r8,
            &out.join(format!("classes-{version}.jar")),
            &["--classfile"],
        );
        let said = app.start(&classes, &out);
        let dex = app.shrink(
            r8,
            &out.join(format!("dex-{version}.jar")),
            &["--min-api", "29"],
        );
        let size = std::fs::metadata(&dex).unwrap().len();
        eprintln!("R8 {version}: {said}, {size} bytes of dex with Kotlin and coroutines");
        if let Some(apk) = app.apk(&dex, &archive, &out) {
            eprintln!("R8 {version}: a signed APK of {apk} bytes");
        } else {
            skip("consumer", "no aapt2, zipalign, apksigner");
        }
    }
}

/// The Maven folder of this version, with the library of this machine in place of those of phones.
fn packaged(kotlin: &Kotlin, out: &Path) -> PathBuf {
    for abi in ["arm64-v8a", "x86_64"] {
        let folder = out.join("native").join(abi);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(library(), folder.join("libconfounder_mobile.so")).unwrap();
    }
    let mut tool = Command::new(env!("CARGO_BIN_EXE_confounder-package"));
    tool.args(["aar", "--codecs", "--native"])
        .arg(out.join("native"));
    tool.arg("--library").arg(library());
    tool.arg("--out").arg(out.join("maven"));
    tool.env("CONFOUNDER_ANDROID_JAR", &kotlin.android)
        .env("CONFOUNDER_KOTLIN_JARS", &kotlin.jars)
        .env("CONFOUNDER_KOTLINC", &kotlin.compiler);
    run(&mut tool);
    let version = env!("CARGO_PKG_VERSION");
    out.join("maven/dev/confounder/confounder").join(version)
}

fn pom(package: &Path) -> PathBuf {
    files(package, &["pom"]).remove(0)
}

/// Every file has its checksums, and they are right.
fn checksums(package: &Path) {
    let made = files(package, &["aar", "jar", "pom"]);
    assert_eq!(made.len(), 3, "{made:?}");
    for file in made {
        for kind in ["md5", "sha1", "sha256", "sha512"] {
            let kept = std::fs::read_to_string(format!("{}.{kind}", file.display())).unwrap();
            let counted = run(Command::new(format!("{kind}sum")).arg(&file)).stdout;
            let counted = String::from_utf8(counted).unwrap();
            assert_eq!(
                counted.split_whitespace().next(),
                Some(kept.trim()),
                "{}",
                file.display()
            );
        }
    }
}

/// The archive's contents in a folder.
fn unpacked(package: &Path, out: &Path) -> PathBuf {
    let folder = out.join("archive");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let archive = files(package, &["aar"]).remove(0);
    run(Command::new("jar")
        .current_dir(&folder)
        .arg("xf")
        .arg(archive));
    for entry in [
        "AndroidManifest.xml",
        "R.txt",
        "classes.jar",
        "jni/arm64-v8a/libconfounder_mobile.so",
        "jni/x86_64/libconfounder_mobile.so",
        "proguard.txt",
    ] {
        assert!(folder.join(entry).exists(), "{entry} is not in the archive");
    }
    let list = run(Command::new("jar")
        .arg("tf")
        .arg(folder.join("classes.jar")))
    .stdout;
    let list = String::from_utf8(list).unwrap();
    for entry in [
        "dev/confounder/Confounder.class",
        "META-INF/dev.confounder/LICENSE-MIT",
        "META-INF/dev.confounder/THIRD-PARTY-LICENCES.txt",
        "META-INF/dev.confounder/sbom.cdx.json",
    ] {
        assert!(
            list.lines().any(|line| line == entry),
            "{entry} is not in classes.jar"
        );
    }
    folder
}

fn dependency(group: &str, name: &str, version: &str) -> String {
    format!(
        "<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
    )
}

/// The sample app and the consumer, compiled.
struct App {
    /// Android's framework.
    android: PathBuf,
    stand_ins: PathBuf,
    classes: PathBuf,
    /// What goes into the app beside them.
    jars: Vec<PathBuf>,
    rules: Vec<PathBuf>,
    photo: PathBuf,
}

impl App {
    fn compile(
        kotlin: &Kotlin,
        archive: &Path,
        mut jars: Vec<PathBuf>,
        compiler: &[PathBuf],
        out: &Path,
    ) -> Self {
        jars.insert(0, archive.join("classes.jar"));
        let mut sources = files(&root().join("android/sample/src/main/kotlin"), &["kt"]);
        sources.push(root().join("bindings/package/tests/consumer/Consumer.kt"));
        let classes = out.join("app.jar");
        let mut java = Command::new("java");
        java.args(["-Xmx2g", "-cp"]).arg(joined(compiler));
        java.arg("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
        java.args([
            "-no-stdlib",
            "-no-reflect",
            "-jvm-target",
            "17",
            "-nowarn",
            "-Xstring-concat=inline",
            "-cp",
        ]);
        let path: Vec<_> = jars
            .iter()
            .cloned()
            .chain([kotlin.android.clone()])
            .collect();
        run(java
            .arg(joined(&path))
            .args(&sources)
            .arg("-d")
            .arg(&classes));

        let stand_ins = out.join("stand-ins");
        std::fs::create_dir_all(&stand_ins).unwrap();
        let java = files(&root().join("android/confounder/src/test/java"), &["java"]);
        run(Command::new("javac")
            .arg("-cp")
            .arg(&kotlin.android)
            .arg("-d")
            .arg(&stand_ins)
            .args(java));
        let own = out.join("app.pro");
        let keep = "-keep class dev.confounder.consumer.ConsumerKt { public static void main(java.lang.String[]); }\n\
                    -keep class dev.confounder.sample.MainActivity { <init>(); }\n\
                    -dontwarn androidx.annotation.**\n";
        std::fs::write(&own, keep).unwrap();
        Self {
            android: kotlin.android.clone(),
            stand_ins,
            classes,
            jars,
            rules: vec![own, archive.join("proguard.txt")],
            photo: root().join("tests/fixtures/cyclamen_persicum.jpg"),
        }
    }

    /// R8 in full mode, which its command line is always in.
    fn shrink(&self, r8: &Path, out: &Path, to: &[&str]) -> PathBuf {
        let mut java = Command::new("java");
        java.args(["-Xmx2g", "-cp"])
            .arg(r8)
            .arg("com.android.tools.r8.R8");
        java.arg("--release")
            .args(to)
            .arg("--lib")
            .arg(&self.android)
            // The framework comes without the classes of Java itself.
            .arg("--lib")
            .arg(kotlin::java_home());
        for rules in &self.rules {
            java.arg("--pg-conf").arg(rules);
        }
        run(java
            .arg("--output")
            .arg(out)
            .arg(&self.classes)
            .args(&self.jars));
        out.to_owned()
    }

    /// Starts what R8 left, with the library of this machine; its last line.
    fn start(&self, classes: &Path, out: &Path) -> String {
        let c = root().join("android/confounder/src/test/c/jnigraphics.c");
        let graphics = kotlin::jnigraphics(&c, &out.join("graphics"));
        let mut java = Command::new("java");
        java.env("LD_LIBRARY_PATH", graphics)
            .args(["-Xmx1g", "-Xcheck:jni", "-cp"]);
        java.arg(joined(&[
            self.stand_ins.clone(),
            classes.to_owned(),
            self.android.clone(),
        ]));
        java.arg(format!(
            "-Djava.library.path={}",
            library().parent().unwrap().display()
        ));
        let output = run(java
            .arg("dev.confounder.consumer.ConsumerKt")
            .arg(&self.photo));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("WARNING"), "{text}");
        let last = text.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("consumer: ") && last.ends_with(" passed"),
            "{text}"
        );
        last.to_owned()
    }

    /// A signed APK, checked; its bytes. None without the tools.
    fn apk(&self, dex: &Path, archive: &Path, out: &Path) -> Option<u64> {
        for tool in ["aapt2", "zipalign", "apksigner"] {
            Command::new(tool).arg("version").output().ok()?;
        }
        let work = out.join("apk");
        let _ = std::fs::remove_dir_all(&work);
        std::fs::create_dir_all(work.join("lib")).unwrap();
        let manifest =
            std::fs::read_to_string(root().join("android/sample/src/main/AndroidManifest.xml"))
                .unwrap();
        // As the Android Gradle plugin does.
        let manifest = manifest.replacen(
            "<manifest ",
            "<manifest package=\"dev.confounder.sample\" ",
            1,
        );
        std::fs::write(work.join("AndroidManifest.xml"), manifest).unwrap();
        let tool = |name: &str| {
            let mut tool = Command::new(name);
            tool.current_dir(&work);
            tool
        };
        run(tool("aapt2")
            .args([
                "link",
                "--manifest",
                "AndroidManifest.xml",
                "--min-sdk-version",
                "29",
                "--target-sdk-version",
                "36",
            ])
            .args(["--proguard", "keep.pro", "-o", "base.apk", "-I"])
            .arg(&self.android));
        let kept = std::fs::read_to_string(work.join("keep.pro")).unwrap();
        assert!(
            kept.contains("-keep class dev.confounder.sample.MainActivity { <init>(); }"),
            "{kept}"
        );
        run(tool("jar").arg("xf").arg(dex));
        for abi in ["arm64-v8a", "x86_64"] {
            copied(&archive.join("jni").join(abi), &work.join("lib").join(abi));
        }
        run(tool("jar").args(["uMf0", "base.apk", "classes.dex", "lib"]));
        run(tool("zipalign").args(["-p", "4", "base.apk", "aligned.apk"]));
        run(tool("zipalign").args(["-c", "-p", "4", "aligned.apk"]));
        run(tool("keytool").args([
            "-genkeypair",
            "-keystore",
            "debug.p12",
            "-storepass",
            "android",
            "-alias",
            "debug",
            "-keyalg",
            "RSA",
            "-dname",
            "CN=Debug",
            "-validity",
            "30",
        ]));
        run(tool("apksigner").args([
            "sign",
            "--ks",
            "debug.p12",
            "--ks-pass",
            "pass:android",
            "aligned.apk",
        ]));
        let said = run(tool("apksigner").args(["verify", "--verbose", "aligned.apk"])).stdout;
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains("Verified using v3 scheme (APK Signature Scheme v3): true"),
            "{said}"
        );
        Some(std::fs::metadata(work.join("aligned.apk")).unwrap().len())
    }
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let name = "libconfounder_mobile.so";
    std::fs::copy(from.join(name), to.join(name)).unwrap();
}

fn joined(jars: &[PathBuf]) -> String {
    let jars: Vec<_> = jars.iter().map(|jar| jar.to_str().unwrap()).collect();
    jars.join(":")
}
