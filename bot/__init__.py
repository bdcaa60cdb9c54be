"""What Muster (集结) does. Where it talks is `adapters`, what it guarantees is `storage`."""
