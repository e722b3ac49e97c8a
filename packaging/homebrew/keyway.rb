# Filled in by `cargo xtask formula SHA256SUMS > keyway.rb` for the tap keyway/homebrew-tap.
class Keyway < Formula
  desc "Local NEAR node and tools for access keys"
  homepage "https://github.com/keyway/keyway"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@URL@/keyway-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 aarch64-apple-darwin@"
    end
    on_intel do
      url "@URL@/keyway-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@URL@/keyway-@VERSION@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256 aarch64-unknown-linux-gnu@"
    end
    on_intel do
      url "@URL@/keyway-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256 x86_64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "keyway", "near-keyway"
    bash_completion.install "completions/keyway.bash" => "keyway"
    fish_completion.install "completions/keyway.fish"
    zsh_completion.install "completions/_keyway"
    man1.install Dir["man/man1/*.1"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/keyway --version")
  end
end
