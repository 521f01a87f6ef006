//! Jars from Maven Central, by Maven itself.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

const ROBOLECTRIC: &str = "4.16.1";
const FRAMEWORK: &str = "14-robolectric-10818077";

/// AndroidX libraries that Robolectric needs; they come as AARs, each with a jar of classes.
const ARCHIVES: [(&str, &str, &str); 2] = [
    ("androidx.test", "monitor", "1.7.2"),
    (
        "androidx.test.espresso",
        "espresso-idling-resource",
        "3.6.1",
    ),
];

/// What Robolectric's tests run with.
pub(crate) struct Robolectric {
    pub(crate) classes: Vec<PathBuf>,
    /// The folder with Android's instrumented framework.
    pub(crate) framework: PathBuf,
}

/// Gets the jars, or finds them where they were put before; none without Maven.
pub(crate) fn robolectric(out: &Path) -> Option<Robolectric> {
    let (pom, list) = (out.join("pom.xml"), out.join("classes.txt"));
    if !list.exists() {
        std::fs::write(&pom, project()).unwrap();
        let mut maven = Command::new("mvn");
        maven
            .args(["-q", "-B", "-f"])
            .arg(&pom)
            .arg("dependency:build-classpath");
        done(maven.arg(format!("-Dmdep.outputFile={}", list.display())))?;
    }
    let text = std::fs::read_to_string(&list).unwrap();
    let mut classes: Vec<_> = text.trim().split(':').map(PathBuf::from).collect();
    for (group, name, version) in ARCHIVES {
        let archive = fetched(group, name, version, "aar")?;
        let folder = out.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        done(
            Command::new("jar")
                .current_dir(&folder)
                .arg("xf")
                .arg(archive)
                .arg("classes.jar"),
        )?;
        classes.push(folder.join("classes.jar"));
    }
    fetched("org.robolectric", "android-all", FRAMEWORK, "jar")?;
    let instrumented = fetched(
        "org.robolectric",
        "android-all-instrumented",
        &format!("{FRAMEWORK}-i7"),
        "jar",
    )?;
    Some(Robolectric {
        classes,
        framework: instrumented.parent().unwrap().to_owned(),
    })
}

/// A file of Maven's local repository, which is filled if need be.
pub(crate) fn fetched(group: &str, name: &str, version: &str, kind: &str) -> Option<PathBuf> {
    let home = PathBuf::from(std::env::var("HOME").ok()?);
    let folder = home
        .join(".m2/repository")
        .join(group.replace('.', "/"))
        .join(name)
        .join(version);
    let file = folder.join(format!("{name}-{version}.{kind}"));
    if !file.exists() {
        let artifact = format!("-Dartifact={group}:{name}:{version}:{kind}");
        done(Command::new("mvn").args([
            "-q",
            "-B",
            "dependency:get",
            &artifact,
            "-Dtransitive=false",
        ]))?;
    }
    Some(file)
}

/// What a project of these dependencies (as a POM writes them) has on its class path; none without Maven.
pub(crate) fn dependencies(out: &Path, dependencies: &str) -> Option<Vec<PathBuf>> {
    let (pom, list) = (out.join("pom.xml"), out.join("classes.txt"));
    std::fs::write(
        &pom,
        format!(
            "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion><groupId>x</groupId>\
             <artifactId>x</artifactId><version>1</version><dependencies>{dependencies}</dependencies></project>"
        ),
    )
    .unwrap();
    let mut maven = Command::new("mvn");
    maven
        .args(["-q", "-B", "-f"])
        .arg(&pom)
        .arg("dependency:build-classpath");
    done(maven.arg(format!("-Dmdep.outputFile={}", list.display())))?;
    let text = std::fs::read_to_string(&list).unwrap();
    Some(text.trim().split(':').map(PathBuf::from).collect())
}

fn done(command: &mut Command) -> Option<()> {
    command
        .output()
        .is_ok_and(|output| output.status.success())
        .then_some(())
}

fn project() -> String {
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion><groupId>x</groupId>\
         <artifactId>x</artifactId><version>1</version><dependencies><dependency><groupId>org.robolectric</groupId>\
         <artifactId>robolectric</artifactId><version>{ROBOLECTRIC}</version><exclusions><exclusion>\
         <groupId>androidx.test</groupId><artifactId>*</artifactId></exclusion><exclusion>\
         <groupId>androidx.test.espresso</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>\
         <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version></dependency>\
         </dependencies></project>"
    )
}
