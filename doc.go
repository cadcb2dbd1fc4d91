// Package zmqwebbridge holds the files a bridge serves to pages: the console's page, and what is built: the client, and
// the console's script and style.
package zmqwebbridge
