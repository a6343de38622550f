use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

/// A file of invoice lines that somebody wants to see.
#[derive(Debug)]
pub(super) struct InvoiceFile {
    pub(super) path: PathBuf,
    pub(super) is_gzip: bool,
    pub(super) size: u64,
}

impl InvoiceFile {
    /// Looks at the file without reading it.
    pub(super) fn look(path: &Path) -> anyhow::Result<Self> {
        let named = || path.display().to_string();
        let mut file = File::open(path).with_context(named)?;
        let metadata = file.metadata().with_context(named)?;
        ensure!(metadata.is_file(), "{}: is no file", path.display());
        ensure!(metadata.len() > 0, "{}: is empty", path.display());
        let mut begin = Vec::new();
        Read::by_ref(&mut file)
            .take(2)
            .read_to_end(&mut begin)
            .with_context(named)?;
        Ok(Self {
            path: path.to_owned(),
            is_gzip: begin == [0x1f, 0x8b],
            size: metadata.len(),
        })
    }

    /// Returns the file's name without `.csv` and `.gz`: what its store is called.
    pub(super) fn store_name(&self) -> String {
        let name = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let name = name.strip_suffix(".csv").unwrap_or(name);
        if name.is_empty() {
            "import".to_owned()
        } else {
            name.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_called_like_its_file() {
        for (path, name) in [
            (
                "../data/online-retail-2010-2011.csv.gz",
                "online-retail-2010-2011",
            ),
            ("sales.csv", "sales"),
            ("sales.2026", "sales.2026"),
            (".csv", "import"),
        ] {
            let file = InvoiceFile {
                path: path.into(),
                is_gzip: false,
                size: 1,
            };
            assert_eq!(file.store_name(), name);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told_by_its_name() {
        let error = InvoiceFile::look(Path::new("no-such.csv")).unwrap_err();
        assert!(
            format!("{error:#}").starts_with("no-such.csv: "),
            "{error:#}"
        );
    }
}
