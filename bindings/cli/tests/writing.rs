//! Where `confounder protect` writes: existing files, links, devices, other processes; permissions and times.

#![allow(clippy::unwrap_used)]

mod common;

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use common::{Folder, PHOTO};

/// 2001-09-09.
fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

fn set_time(folder: &Folder, name: &str) {
    let file = std::fs::File::options()
        .write(true)
        .open(folder.path(name))
        .unwrap();
    file.set_modified(long_ago()).unwrap();
}

fn time(folder: &Folder, name: &str) -> SystemTime {
    let metadata = std::fs::metadata(folder.path(name)).unwrap();
    metadata.modified().unwrap()
}

#[test]
fn exactly_one_of_several_processes_writes_an_output() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    for _ in 0..3 {
        let mut command = folder.command(&["protect", "photo.jpg", "-o", "out.jpg"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let processes: Vec<_> = (0..4).map(|_| command.spawn().unwrap()).collect();
        let mut statuses = Vec::new();
        for process in processes {
            let output = process.wait_with_output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            if !output.status.success() {
                assert!(error.contains("out.jpg exists already"), "{error}");
            }
            statuses.push(output.status.code().unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [0, 1, 1, 1]);
        assert_eq!(folder.files(), ["out.jpg", "photo.jpg"]);
        std::fs::remove_file(folder.path("out.jpg")).unwrap();
    }
}

#[test]
fn the_time_of_the_input_is_kept_unless_a_new_one_is_asked_for() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    set_time(&folder, "photo.jpg");
    folder.run(&["protect", "photo.jpg"]).status(0);
    assert_eq!(time(&folder, "photo.protected.jpg"), long_ago());
    let again = ["protect", "photo.jpg", "--force", "--touch"];
    folder.run(&again).status(0);
    assert!(time(&folder, "photo.protected.jpg") > long_ago());
    let in_place = ["protect", "photo.jpg", "-o", "photo.jpg", "--force"];
    folder.run(&in_place).status(0);
    assert_eq!(time(&folder, "photo.jpg"), long_ago());
    // Standard input has no time.
    folder
        .run_with_input(&["protect", "-", "-o", "piped.jpg"], PHOTO)
        .status(0);
    assert!(time(&folder, "piped.jpg") > long_ago());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(folder: &Folder, name: &str) -> u32 {
        let metadata = std::fs::metadata(folder.path(name)).unwrap();
        metadata.permissions().mode() & 0o777
    }

    #[test]
    fn the_permissions_of_the_input_are_kept() {
        let folder = Folder::new();
        folder.write("photo.jpg", PHOTO).write("old.jpg", b"old");
        for private in [0o600, 0o640, 0o444] {
            let permissions = std::fs::Permissions::from_mode(private);
            std::fs::set_permissions(folder.path("photo.jpg"), permissions).unwrap();
            for output in ["new.jpg", "old.jpg"] {
                folder
                    .run(&["protect", "photo.jpg", "-o", output, "--force"])
                    .status(0);
                assert_eq!(mode(&folder, output), private, "{output}");
            }
        }
    }

    #[test]
    fn a_link_is_neither_replaced_nor_followed() {
        let folder = Folder::new();
        folder
            .write("photo.jpg", PHOTO)
            .write("other.jpg", b"other");
        symlink("other.jpg", folder.path("link.jpg")).unwrap();
        symlink("nowhere.jpg", folder.path("dangling.jpg")).unwrap();
        for link in ["link.jpg", "dangling.jpg"] {
            for arguments in [&["--force"][..], &[]] {
                let arguments = [&["protect", "photo.jpg", "-o", link], arguments].concat();
                let refused = folder.run(&arguments).status(1);
                assert!(
                    refused.stderr().contains("is a link"),
                    "{}",
                    refused.stderr()
                );
            }
            let metadata = folder.path(link).symlink_metadata().unwrap();
            assert!(metadata.file_type().is_symlink());
        }
        assert_eq!(folder.read("other.jpg"), b"other");
        assert!(!folder.path("nowhere.jpg").exists());
    }

    #[test]
    fn pipes_and_devices_are_written_to_and_stay() {
        let folder = Folder::new();
        folder.write("photo.jpg", PHOTO);
        folder
            .run(&["protect", "photo.jpg", "-o", "file.jpg"])
            .status(0);
        let status = Command::new("mkfifo").arg(folder.path("pipe.jpg")).status();
        assert!(status.unwrap().success());
        for arguments in [&["--force"][..], &[]] {
            let arguments = [&["protect", "photo.jpg", "-o", "pipe.jpg"], arguments].concat();
            let mut command = folder.command(&arguments);
            let mut writer = command.stdout(Stdio::null()).spawn().unwrap();
            assert!(folder.read("pipe.jpg") == folder.read("file.jpg"));
            assert!(writer.wait().unwrap().success());
            let kind = folder
                .path("pipe.jpg")
                .symlink_metadata()
                .unwrap()
                .file_type();
            assert!(kind.is_fifo());
        }
        folder
            .run(&["protect", "photo.jpg", "-o", "/dev/null", "--force"])
            .status(0);
        let null = std::fs::metadata("/dev/null").unwrap().file_type();
        assert!(null.is_char_device());
    }

    #[test]
    fn standard_output_has_names() {
        let folder = Folder::new();
        folder.write("photo.jpg", PHOTO);
        folder
            .run(&["protect", "photo.jpg", "-o", "file.jpg"])
            .status(0);
        for name in ["/dev/stdout", "/dev/fd/1"] {
            for arguments in [&["--force"][..], &[]] {
                let arguments = [&["protect", "photo.jpg", "-o", name], arguments].concat();
                let piped = folder.run(&arguments).status(0);
                assert!(piped.stdout_bytes() == folder.read("file.jpg"), "{name}");
                let file = std::fs::File::create(folder.path("to.jpg")).unwrap();
                let status = folder.command(&arguments).stdout(file).status().unwrap();
                assert!(status.success());
                assert!(
                    folder.read("to.jpg") == folder.read("file.jpg"),
                    "{name} is a file"
                );
            }
        }
    }

    /// A device that takes nothing, as a full disk does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_standard_output_is_status_1() {
        let folder = Folder::new();
        folder.write("a.jpg", PHOTO).write("b.jpg", PHOTO);
        for arguments in [
            &["protect", "a.jpg", "b.jpg", "--force", "--json"][..],
            &["protect", "a.jpg", "--force"],
            &["protect", "a.jpg", "--force", "--dry-run"],
            &["protect", "a.jpg", "--force", "--dry-run", "--json"],
            &["protect", "a.jpg", "-o", "-"],
            &["inspect", "a.jpg", "--json"],
            &["inspect", "a.jpg"],
            &["compare", "a.jpg", "b.jpg", "--json"],
        ] {
            let full = std::fs::File::options()
                .write(true)
                .open("/dev/full")
                .unwrap();
            let output = folder.command(arguments).stdout(full).output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
            let said = error.matches("standard output").count();
            assert_eq!(said, 1, "{arguments:?}: {error}");
        }
        // Photos are protected all the same.
        assert!(folder.path("a.protected.jpg").exists() && folder.path("b.protected.jpg").exists());
    }
}
