use std::path::PathBuf;

use uuid::Uuid;

/// Where the mails of one test go; it goes with the test.
pub(crate) struct MailDirectory(PathBuf);

impl MailDirectory {
    /// Names one; it is made with the first mail.
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("suite-mails-{}", Uuid::now_v7())))
    }

    pub(crate) fn path(&self) -> String {
        self.0.display().to_string()
    }

    /// Reads the mails; their names begin with the time at which they were written.
    pub(crate) fn read(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("the directory can be read").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        paths.sort();
        let read = |path| std::fs::read_to_string(path).expect("a mail can be read");
        paths.into_iter().map(read).collect()
    }
}

impl Drop for MailDirectory {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
