//! How links are written (plain lines, CSV, QR codes), and how they are removed again.

use super::link::Link;
use super::url::Template;
use crate::error::CliError;
use crate::tools::write_new_secret_file;
use clap::Args;
use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where links go, and in what form. Files are readable by their owner only.
#[derive(Args, Clone, Debug)]
pub(super) struct SheetArgs {
    /// Save the links in this new file
    #[arg(long, value_name = "FILE", group = "place")]
    pub(super) links_file: Option<PathBuf>,
    /// Print the links, which are secrets, on stdout
    #[arg(long, group = "place")]
    pub(super) print_links: bool,
    /// Write links as web addresses of this form, as in
    /// 'https://example.org/claim/{drop}#{secret}'. The part after # is not sent to the server
    #[arg(long, value_name = "URL", help_heading = "The links")]
    url_template: Option<Template>,
    /// Write them as CSV: number, link, public key
    #[arg(long, help_heading = "The links")]
    csv: bool,
    /// With --print-links: also print each link as a QR code
    #[arg(long, requires = "print_links", conflicts_with_all = ["csv", "links_file"], help_heading = "The links")]
    qr: bool,
    /// Write a QR code of each link into this new directory, as SVG
    #[arg(long, value_name = "DIR", help_heading = "The links")]
    qr_dir: Option<PathBuf>,
}

impl SheetArgs {
    /// Writes the links to the requested files.
    ///
    /// # Errors
    /// If a file or directory exists or cannot be written; then none of them stays.
    pub(super) fn keep(&self, links: &[Link]) -> Result<(), CliError> {
        if let Some(file) = &self.links_file {
            write_new_secret_file(file, &self.text(links))?;
        }
        let Some(dir) = &self.qr_dir else { return Ok(()) };
        self.keep_codes(dir, links).inspect_err(|_| {
            if let Some(file) = &self.links_file {
                let _stays = fs::remove_file(file);
            }
        })
    }

    /// The text to print for the links.
    pub(super) fn printed(&self, links: &[Link]) -> Result<Zeroizing<String>, CliError> {
        if !self.qr {
            return Ok(self.text(links));
        }
        let mut text = Zeroizing::new(String::new());
        for link in links {
            let address = self.address(link);
            let code = code(&address)?;
            let code = Zeroizing::new(code.render::<unicode::Dense1x2>().build());
            for line in [address.as_str(), code.as_str()] {
                text.push_str(line);
                text.push('\n');
            }
        }
        Ok(text)
    }

    /// A link in the form in which it is given away.
    pub(super) fn address(&self, link: &Link) -> Zeroizing<String> {
        match &self.url_template {
            Some(template) => template.expose_url(&link.drop, &link.key),
            None => link.expose_text(),
        }
    }

    /// Removes the worthless links, from number `worthless` (counted from 0), as far as possible.
    ///
    /// # Errors
    /// The first place where some of them stay.
    pub(super) fn take_back(&self, links: &[Link], worthless: usize) -> Result<(), CliError> {
        let mut taken = Ok(());
        let mut note = |place: &Path, done: io::Result<()>| {
            let (doing, path) = ("remove links from", place.to_owned());
            if let (Ok(()), Err(source)) = (&taken, done) {
                taken = Err(CliError::File { doing, path, source });
            }
        };
        if let Some(file) = &self.links_file {
            let done = match worthless {
                0 => fs::remove_file(file),
                paid => rewrite(file, &self.text(&links[..paid])),
            };
            note(file, done);
        }
        if let Some(dir) = &self.qr_dir {
            (worthless..links.len())
                .for_each(|number| note(dir, fs::remove_file(code_file(dir, number))));
            if worthless == 0 {
                // Ignore a missing directory.
                let _stays = fs::remove_dir(dir);
            }
        }
        taken
    }

    /// The content of the links file.
    pub(super) fn text(&self, links: &[Link]) -> Zeroizing<String> {
        let line = |(number, link): (usize, &Link)| match self.csv {
            true => {
                let (address, key) = (self.address(link), link.key.public_key());
                format!("{number},{},{key}\n", field(&address).as_str())
            }
            false => format!("{}\n", self.address(link).as_str()),
        };
        // Reserved up front, so that no reallocation leaves a copy in memory.
        let room = links.first().map_or(0, |link| self.address(link).len() + 128);
        let mut text = Zeroizing::new(String::with_capacity(64 + room * links.len()));
        if self.csv {
            text.push_str(HEAD);
            text.push('\n');
        }
        for line in (1..).zip(links).map(line).map(Zeroizing::new) {
            text.push_str(&line);
        }
        text
    }

    fn keep_codes(&self, dir: &Path, links: &[Link]) -> Result<(), CliError> {
        create_private(dir)?;
        for (number, link) in links.iter().enumerate() {
            let code = code(&self.address(link))?;
            let image = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
            let image = Zeroizing::new(image);
            write_new_secret_file(&code_file(dir, number), &image)?;
        }
        Ok(())
    }
}

/// The links in `text`: one on each line, or the second column of a CSV in our own form.
pub(super) fn links_in(text: &str) -> Vec<Zeroizing<String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let links = lines.filter(|line| *line != HEAD);
    links
        .map(|line| second_field(line).unwrap_or_else(|| Zeroizing::new(line.to_owned())))
        .collect()
}

/// The second field of a CSV line that begins with a number.
fn second_field(line: &str) -> Option<Zeroizing<String>> {
    let (number, rest) = line.split_once(',')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let Some(quoted) = rest.strip_prefix('"') else {
        let field = rest.split_once(',').map_or(rest, |(field, _)| field);
        return Some(Zeroizing::new(field.to_owned()));
    };
    let end = quoted.rfind("\",").or_else(|| quoted.strip_suffix('"').map(str::len))?;
    Some(Zeroizing::new(quoted[..end].replace("\"\"", "\"")))
}

const HEAD: &str = "number,link,public_key";

fn code(address: &str) -> Result<QrCode, CliError> {
    QrCode::new(address).map_err(|_| {
        CliError::Invalid(
            "the links are too long for a QR code: use a shorter --url-template".into(),
        )
    })
}

fn code_file(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!("{:05}.svg", number + 1))
}

/// A field of CSV.
fn field(text: &str) -> Zeroizing<String> {
    match text.contains([',', '"']) {
        true => Zeroizing::new(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Zeroizing::new(text.to_owned()),
    }
}

/// Creates a directory that only its owner can open.
fn create_private(dir: &Path) -> Result<(), CliError> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(dir);
    made.map_err(|source| CliError::File { doing: "create", path: dir.to_owned(), source })
}

/// Replaces a file of secrets atomically with `text`.
fn rewrite(path: &Path, text: &str) -> std::io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new(".")))?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number before it was read as part of the link's column.
    #[test]
    fn links_are_found_in_lines_and_in_csv() {
        let found = |text: &str| links_in(text).iter().map(|it| it.to_string()).collect::<Vec<_>>();
        assert_eq!(found(" drop.near#a \n\ndrop.near#b"), ["drop.near#a", "drop.near#b"]);
        let csv = "number,link,public_key\n1,drop.near#a,ed25519:x\r\n12,drop.near#b,ed25519:y\n";
        assert_eq!(found(csv), ["drop.near#a", "drop.near#b"]);
        assert_eq!(found("4,drop.near#d,ed25519:x"), ["drop.near#d"]);
        let odd = "https://example.org/?a=1,2&b=\"c\"";
        assert_eq!(found(&format!("7,{},ed25519:x", field(odd).as_str())), [odd]);
        assert_eq!(found("https://example.org/1,2"), ["https://example.org/1,2"]);
    }
}
