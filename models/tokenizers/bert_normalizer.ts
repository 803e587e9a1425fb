/** What `normalizer` of a BERT `tokenizer.json` says. */
export interface BertNormalizerConfig {
  readonly clean_text: boolean;
  readonly handle_chinese_chars: boolean;
  /** null: as `lowercase`. */
  readonly strip_accents: boolean | null;
  readonly lowercase: boolean;
}

const CONTROL = /[^\P{C}\p{Cn}\t\n\r]|[\0\ufffd]/gu;

const WHITE_SPACE = /\p{White_Space}/gu;

/** BERT's CJK blocks; the fourth begins where the `tokenizers` library has it begin, at U+2B920 instead of U+2B820. */
const CHINESE =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/** Cleans text as BERT's basic tokenizer does (Devlin et al. 2019, `BertNormalizer` of the `tokenizers` library). */
export function bertNormalize(text: string, config: BertNormalizerConfig): string {
  let result = text;
  if (config.clean_text) result = result.replace(CONTROL, "").replace(WHITE_SPACE, " ");
  if (config.handle_chinese_chars) result = result.replace(CHINESE, " $& ");
  if (config.strip_accents ?? config.lowercase) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
  return config.lowercase ? lowerCase(result) : result;
}

/** Lower case of each character on its own: unlike `toLowerCase`, a capital sigma that ends a word is σ as in Rust. */
export function lowerCase(text: string): string {
  return text.replace(/Σ/g, "σ").toLowerCase();
}
