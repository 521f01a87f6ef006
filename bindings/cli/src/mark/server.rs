//! What a web server can say for all its photos.

/// Sources: W3C TDM Reservation Protocol (final report of 10 May 2024), Robots Exclusion Protocol (RFC 9309), the
/// `noai` values that galleries introduced, and the IETF draft of the working group AI Preferences.
pub(super) const ADVICE: &str = "\
# A notice beside the photos, for crawlers that read it. None of it is a lock.

# 1. TDM Reservation Protocol (W3C community report): headers of each photo, or one file for the whole site.
tdm-reservation: 1
tdm-policy: https://YOUR.SITE/policies/tdm.json

# ... the file: https://YOUR.SITE/.well-known/tdmrep.json
[{ \"location\": \"/photos/\", \"tdm-reservation\": 1 }]

# 2. Robots headers. `noimageindex` also keeps photos out of image search.
X-Robots-Tag: noai, noimageai

# 3. AI Preferences (IETF draft, may still change): a header of each photo, or a line of robots.txt.
Content-Usage: train-ai=n

# ... robots.txt (RFC 9309), for the crawlers that gather photos for training:
User-Agent: *
Content-Usage: train-ai=n

User-Agent: GPTBot
User-Agent: CCBot
User-Agent: Google-Extended
User-Agent: Applebot-Extended
User-Agent: ClaudeBot
User-Agent: meta-externalagent
User-Agent: Bytespider
Disallow: /

# nginx:
#   location /photos/ {
#     add_header tdm-reservation 1;
#     add_header X-Robots-Tag \"noai, noimageai\";
#     add_header Content-Usage \"train-ai=n\";
#   }
# Apache (mod_headers):
#   <Directory /var/www/photos>
#     Header set tdm-reservation 1
#     Header set X-Robots-Tag \"noai, noimageai\"
#     Header set Content-Usage \"train-ai=n\"
#   </Directory>";
