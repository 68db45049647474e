//! The words, names, texts and symbols that conditions and constraints are written with.

use crate::{Error, Result};

/// A piece of text that means something by itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A bare word: a name or a value.
    Word(String),
    /// A name in double quotes.
    Name(String),
    /// Text in single quotes.
    Text(String),
    /// One of the language's symbols.
    Symbol(&'static str),
}

impl Token {
    /// How messages quote it.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Word(s) => format!("`{s}`"),
            Self::Name(s) => format!("\"{s}\""),
            Self::Text(s) => format!("'{s}'"),
            Self::Symbol(s) => format!("`{s}`"),
        }
    }
}

/// What the tokens of a language look like.
pub(crate) struct Language {
    /// The symbols, longer ones before those they begin with.
    pub(crate) symbols: &'static [&'static str],
    /// Whether a bare word may begin with a sign that is no letter or digit.
    pub(crate) begins: fn(char) -> bool,
    /// Whether it may go on with one.
    pub(crate) goes_on: fn(char) -> bool,
    /// The error at a position, from 1 on.
    pub(crate) syntax: fn(usize, String) -> Error,
}

impl Language {
    /// The tokens of `text` with their positions, from 1 on.
    pub(crate) fn tokens(&self, text: &str) -> Result<Vec<(usize, Token)>> {
        let chars: Vec<char> = text.chars().collect();
        let mut out = Vec::new();
        let mut i = 0;
        while let Some(&c) = chars.get(i) {
            let at = i + 1;
            if c.is_whitespace() {
                i += 1;
            } else if c == '\'' || c == '"' {
                let (inner, next) =
                    quoted(&chars, i).ok_or_else(|| (self.syntax)(at, format!("the quote {c} is never closed")))?;
                i = next;
                out.push((
                    at,
                    if c == '"' {
                        Token::Name(inner)
                    } else {
                        Token::Text(inner)
                    },
                ));
            } else if let Some(symbol) = self
                .symbols
                .iter()
                .find(|s| s.chars().enumerate().all(|(k, sign)| chars.get(i + k) == Some(&sign)))
            {
                out.push((at, Token::Symbol(symbol)));
                i += symbol.len();
            } else if c.is_alphanumeric() || (self.begins)(c) {
                let goes_on = |c: &char| c.is_alphanumeric() || (self.goes_on)(*c);
                let word: String = chars[i..].iter().take_while(|c| goes_on(c)).collect();
                i += word.chars().count();
                out.push((at, Token::Word(word)));
            } else {
                return Err((self.syntax)(at, format!("the character {c:?} has no meaning here")));
            }
        }
        Ok(out)
    }
}

/// What stands between the quote at `start` and the one that closes it, a doubled one standing for one, and
/// where it goes on; none if the quote is never closed.
fn quoted(chars: &[char], start: usize) -> Option<(String, usize)> {
    let quote = chars[start];
    let mut inner = String::new();
    let mut i = start + 1;
    loop {
        let c = *chars.get(i)?;
        if c != quote {
            inner.push(c);
            i += 1;
        } else if chars.get(i + 1) == Some(&quote) {
            inner.push(quote);
            i += 2;
        } else {
            return Some((inner, i + 1));
        }
    }
}
